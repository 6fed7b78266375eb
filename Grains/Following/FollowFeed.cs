using System.Collections.Immutable;
using AllData.Events;
using AllData.Reading;
using Microsoft.Extensions.Logging;

namespace AllData.Following;

/// <summary>
/// Reads what becomes safe, once for all readers that follow through this silo, and keeps the last of it. It works only while there are readers. A reader that
/// is further behind reads for itself until it is as far as this.
/// </summary>
internal sealed partial class FollowFeed
{
    /// <summary>Between two questions up to where it is safe.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    // A reader whose connection broke returns within that time, and finds what it missed.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    // Some seconds of a silo's highest rate.
    private const long KeptBytes = 32 << 20;

    private readonly IFollowSource _source;
    private readonly TimeProvider _time;
    private readonly TaskScheduler _scheduler;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly FollowRing _ring = new(KeptBytes);
    private ImmutableArray<ScanDoubt> _heldUpBy = [];
    private TaskCompletionSource _changed;
    private Task _running = Task.CompletedTask;
    private int _readers;
    private long _emptySince;

    /// <summary>Reads nothing before there is a reader.</summary>
    /// <param name="source">The store.</param>
    /// <param name="instruments">Show readers, and how far they are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="scheduler">Where it works: the thread pool, or a simulated process.</param>
    /// <param name="logger">Logs failures.</param>
    public FollowFeed(IFollowSource source, FollowInstruments instruments, TimeProvider time, TaskScheduler scheduler, ILogger<FollowFeed> logger)
    {
        (_source, _time, _scheduler, _logger) = (source, time, scheduler, logger);
        _changed = NewSignal();
        instruments.Show(() => Readers, () => Look(null).End);
    }

    /// <summary>Readers that follow through this silo now.</summary>
    public int Readers
    {
        get
        {
            lock (_gate)
            {
                return _readers;
            }
        }
    }

    /// <summary>One more reader follows: as long as it does, what becomes safe is read.</summary>
    /// <returns>Disposed of when it follows no more.</returns>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            _readers++;
            if (_running.IsCompleted)
            {
                // Not where the first reader is, whatever grain it is of.
                _running = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler).Unwrap();
            }
        }

        return new Reading(this);
    }

    /// <summary>What is known at this moment.</summary>
    /// <param name="position">Where the reader is; null: not known yet, it begins with the present.</param>
    public FeedView Look(EventKey? position)
    {
        lock (_gate)
        {
            var found = position is { } after ? _ring.Find(after) : null;
            return new FeedView(_ring.Begin, _ring.End, _heldUpBy, found?.Events, found?.UpTo, _changed.Task);
        }
    }

    // Readers go on by themselves, on the thread pool. A simulated process has none.
    private TaskCompletionSource NewSignal() =>
        new(_scheduler == TaskScheduler.Default ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

    private async Task RunAsync()
    {
        while (GoesOn())
        {
            try
            {
                await AdvanceAsync();
            }
            catch (Exception e)
            {
                LogFailed(e);
                Publish([new ScanDoubt(default, EventKey.MaxValue, default, $"the silo that serves the reader could not read on: {e.Message}")]);
            }

            await Task.Delay(Period, _time);
        }
    }

    private bool GoesOn()
    {
        lock (_gate)
        {
            if (!_source.IsStopping && (_readers > 0 || _time.GetElapsedTime(_emptySince) < Linger))
            {
                return true;
            }

            // In the same step as the last look: a reader that enters now starts it again.
            _ring.Clear();
            _heldUpBy = [];
            _running = Task.CompletedTask;
            return false;
        }
    }

    private async Task AdvanceAsync()
    {
        var reading = await _source.ReadSafePointAsync();
        if (reading.UpTo is not { } safe)
        {
            Publish(reading.HeldUpBy);
            return;
        }

        var end = Begin(safe);
        var heldUpBy = reading.HeldUpBy;
        if (safe > end)
        {
            await foreach (var page in CertainPage.CutAsync(_source.ReadSharedAsync(end, safe, CancellationToken.None), end, safe, CancellationToken.None))
            {
                Append(page);
                heldUpBy = page.HeldUpBy.IsEmpty ? heldUpBy : page.HeldUpBy;
            }
        }

        Publish(heldUpBy);
    }

    private EventKey Begin(EventKey safe)
    {
        lock (_gate)
        {
            if (_ring.End is { } end)
            {
                return end;
            }

            _ring.Start(safe);
            Signal();
            return safe;
        }
    }

    private void Append(CertainPage page)
    {
        lock (_gate)
        {
            if (page.UpTo > _ring.End)
            {
                _ring.Append(page.Events, page.UpTo);
                Signal();
            }
        }
    }

    private void Publish(ImmutableArray<ScanDoubt> heldUpBy)
    {
        lock (_gate)
        {
            if (!_heldUpBy.SequenceEqual(heldUpBy))
            {
                _heldUpBy = heldUpBy;
                Signal();
            }
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.TrySetResult();
    }

    private void Leave()
    {
        lock (_gate)
        {
            _readers--;
            _emptySince = _time.GetTimestamp();
        }
    }

    [LoggerMessage(LogLevel.Warning, "What became safe for readers that follow could not be read; it is tried again")]
    private partial void LogFailed(Exception failure);

    private sealed class Reading(FollowFeed feed) : IDisposable
    {
        private int _hasLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                feed.Leave();
            }
        }
    }
}

/// <summary>What a silo's feed has for a reader at one moment.</summary>
/// <param name="Begin">The first position for which it has pages; null: none yet.</param>
/// <param name="End">Up to here it has read; null: not known yet.</param>
/// <param name="HeldUpBy">What keeps the safe point from going on.</param>
/// <param name="Events">The events after the reader's position; null when there are none.</param>
/// <param name="UpTo">Where they end; null when the feed has nothing for that position.</param>
/// <param name="Changed">Completes when there is something new.</param>
internal sealed record FeedView(
    EventKey? Begin, EventKey? End, ImmutableArray<ScanDoubt> HeldUpBy, ScanPage? Events, EventKey? UpTo, Task Changed);
