using System.Collections.Immutable;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Storage.Directories;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>
/// The silo's one source of block numbers: dense for each interval. It notes behind the puts, which never wait for it, how far they are settled. For several
/// threads.
/// </summary>
/// <param name="peer">The silo's own peer.</param>
/// <param name="time">The clock.</param>
/// <param name="scheduler">Where numbers are noted in the background: the thread pool, or a simulated process.</param>
/// <param name="logger">The log.</param>
internal sealed partial class BlockNumbers(ICoordinatingPeer peer, TimeProvider time, TaskScheduler scheduler, ILogger<BlockNumbers> logger)
    : IBlockNumbers, IConditionSource, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Lock _noting = new();

    // As many as intervals that were put to since the silo began: each is a file or a schema of every replica that holds blocks of it, too.
    private readonly Dictionary<UnixMinute, IntervalNumbers> _intervals = [];
    private readonly HashSet<IntervalNumbers> _news = [];
    private ITimer? _timer;
    private bool _isTimerSet;
    private bool _isNoting;
    private bool _hasEnded;
    private volatile string? _failure;

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (_failure is { } failure)
            {
                yield return new SiloCondition("block-numbers-not-noted", StopsPuts: false, failure);
            }
        }
    }

    // After the last grain is gone, and before the directory is closed.
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe<BlockNumbers>(
        ServiceLifecycleStage.RuntimeInitialize + 1, static _ => Task.CompletedTask, _ => Task.Run(SayGoodbye, CancellationToken.None));

    /// <inheritdoc/>
    public BlockId Issue(int ordinal, UnixMinute minute)
    {
        var start = Interval.Containing(minute, peer.IntervalLength).FirstMinute;
        lock (_gate)
        {
            if (_hasEnded)
            {
                throw new KeysUnavailableException($"Peer '{peer.Id}' takes no puts now: The silo is stopping. Put through another silo.");
            }

            if (!_intervals.TryGetValue(start, out var numbers))
            {
                _intervals[start] = numbers = new IntervalNumbers(peer.Directory.Incarnation, start);
            }

            var number = numbers.Issue();
            OnNews(numbers);
            return BlockId.Of(ordinal, peer.Directory.Incarnation, start, number);
        }
    }

    /// <inheritdoc/>
    public void Settle(BlockId id) => Change(id, static (numbers, number) => numbers.Settle(number));

    /// <inheritdoc/>
    public void Abandon(BlockId id) => Change(id, static (numbers, number) => numbers.Abandon(number));

    /// <summary>What this silo's data directory knows of the numbers of an interval, of all its incarnations. It is durable before it is said.</summary>
    /// <exception cref="ReplicaStoreException">It cannot be noted or read now.</exception>
    public Task<ImmutableArray<NumberReport>> ReportAsync(Interval interval) => Task.Factory.StartNew(
        () => Report(interval), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);

    /// <summary>The silo stops: no more numbers are issued, and the directory remembers that it knows them all.</summary>
    public void SayGoodbye()
    {
        lock (_gate)
        {
            _hasEnded = true;
        }

        lock (_noting)
        {
            // Where a mark leaves more open than it can name, the incarnation has ended without.
            TryNote(() => _intervals.Values.All(static numbers => numbers.IsMarkWhole) ? [new IncarnationEnded(peer.Directory.Incarnation)] : []);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _timer?.Dispose();
        }
    }

    private void Change(BlockId id, Action<IntervalNumbers, long> change)
    {
        lock (_gate)
        {
            var numbers = _intervals[id.IntervalStart];
            change(numbers, id.Number);
            OnNews(numbers);
        }
    }

    // Under the gate.
    private void OnNews(IntervalNumbers numbers)
    {
        if (!numbers.HasNews || _hasEnded)
        {
            return;
        }

        _news.Add(numbers);
        if (numbers.IsMarkDue && _failure is null)
        {
            NoteSoon();
        }
        else if (!_isTimerSet)
        {
            _isTimerSet = true;
            _timer ??= time.CreateTimer(static state => ((BlockNumbers)state!).OnQuiet(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(QuietAfter, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnQuiet()
    {
        lock (_gate)
        {
            _isTimerSet = false;
            if (_news.Count > 0)
            {
                NoteSoon();
            }
        }
    }

    // Under the gate.
    private void NoteSoon()
    {
        if (!_isNoting && !_hasEnded)
        {
            _isNoting = true;
            _ = Task.Factory.StartNew(NoteBehind, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
        }
    }

    private void NoteBehind()
    {
        lock (_noting)
        {
            TryNote(static () => []);
        }

        lock (_gate)
        {
            _isNoting = false;
            if (_news.FirstOrDefault() is { } numbers)
            {
                OnNews(numbers);
            }
        }
    }

    // Under the lock of noting: one record of an interval after the other.
    private void TryNote(Func<IReadOnlyList<NumberRecord>> last)
    {
        try
        {
            Note(last);
        }
        catch (ObjectDisposedException)
        {
            // The silo has stopped, and its directory is closed.
        }
        catch (Exception e)
        {
            // Whatever it was: puts go on, and the next time may succeed.
            if (_failure is null)
            {
                LogNotNoted(e, peer.Id);
            }

            _failure = e.Message;
        }
    }

    private void Note(Func<IReadOnlyList<NumberRecord>> last)
    {
        List<(IntervalNumbers Numbers, IReadOnlyList<NumberRecord> News)> taken;
        IReadOnlyList<NumberRecord> goodbye;
        lock (_gate)
        {
            taken = [.. _news.Select(static numbers => (numbers, numbers.News()))];
            goodbye = last();
        }

        if (taken.Count == 0 && goodbye.Count == 0)
        {
            return;
        }

        peer.Directory.NoteNumbers([.. taken.SelectMany(static one => one.News), .. goodbye]);
        _failure = null;
        lock (_gate)
        {
            foreach (var (numbers, news) in taken)
            {
                numbers.OnNoted(news);
                if (!numbers.HasNews)
                {
                    _news.Remove(numbers);
                }
            }
        }
    }

    private ImmutableArray<NumberReport> Report(Interval interval)
    {
        if (peer.Directory.Ordinal is not { } ordinal)
        {
            // An error, not an empty report: that nothing was numbered would be believed.
            throw new ReplicaStoreException($"The data directory of peer '{peer.Id}' has no ordinal yet.");
        }

        var history = new NumberHistory(interval.FirstMinute);
        try
        {
            lock (_noting)
            {
                Note(static () => []);
            }

            foreach (var record in peer.Directory.ReadNumbers())
            {
                history.Take(record);
            }
        }
        catch (DataDirectoryException e)
        {
            throw new ReplicaStoreException(e.Message);
        }

        lock (_gate)
        {
            return history.Report(ordinal, interval, peer.Directory.Incarnation, _intervals.GetValueOrDefault(interval.FirstMinute)?.Issued ?? 0);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Peer {Peer} cannot note the numbers of its blocks")]
    private partial void LogNotNoted(Exception exception, PeerId peer);
}
