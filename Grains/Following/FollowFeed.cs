using System.Collections.Immutable;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Following.Live;
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

    /// <summary>
    /// So long it waits, at most, before it forgets a page that most of its readers have yet to take. Each of them would read it from the peers by itself
    /// otherwise, and be further behind afterwards.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A slow majority holds up the others so far behind the safe point, and no further.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly IFollowSource _source;
    private readonly LiveFeed? _live;
    private readonly TimeProvider _time;
    private readonly TaskScheduler _scheduler;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly FollowRing _ring;
    private readonly FollowPace _pace = new();
    private readonly HashSet<FollowReading> _readers = [];
    private ImmutableArray<ScanDoubt> _heldUpBy = [];
    private EventKey? _safe;
    private EventKey? _from;
    private EventKey? _present;
    private TaskCompletionSource _changed;
    private TaskCompletionSource? _hasRoom;
    private Task _running = Task.CompletedTask;
    private long _coming;
    private long _emptySince;

    /// <summary>Reads nothing before there is a reader.</summary>
    /// <param name="source">The store.</param>
    /// <param name="instruments">Show readers, and how far they are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="scheduler">Where it works: the thread pool, or a simulated process.</param>
    /// <param name="logger">Logs failures.</param>
    /// <param name="live">Is told what becomes safe, for live readers; null: there are none.</param>
    /// <param name="keptBytes">Bytes of pages that are kept.</param>
    public FollowFeed(
        IFollowSource source, FollowInstruments instruments, TimeProvider time, TaskScheduler scheduler, ILogger<FollowFeed> logger, LiveFeed? live = null,
        long keptBytes = KeptBytes)
    {
        (_source, _live, _time, _scheduler, _logger, _ring) = (source, live, time, scheduler, logger, new FollowRing(keptBytes));
        _changed = NewSignal();
        instruments.Show(() => Readers, () => Look(null).End, () => live?.Missed ?? 0);
    }

    /// <summary>Readers that follow through this silo now.</summary>
    public int Readers
    {
        get
        {
            lock (_gate)
            {
                return _readers.Count;
            }
        }
    }

    /// <summary>Whether it waits until most readers have taken what it would forget.</summary>
    public bool IsWaitingForReaders
    {
        get
        {
            lock (_gate)
            {
                return _hasRoom is { Task.IsCompleted: false };
            }
        }
    }

    /// <summary>One more reader follows: as long as it does, what becomes safe is read.</summary>
    /// <param name="from">
    /// Several readers go on here: a feed that has not begun begins here and not with the present, so that they need not each read for themselves. Not further
    /// back than a slow majority may be.
    /// </param>
    /// <returns>Disposed of when it follows no more.</returns>
    public FollowReading Enter(EventKey? from = null)
    {
        var reading = new FollowReading(this);
        lock (_gate)
        {
            _readers.Add(reading);
            _from = _from is null || from < _from ? from ?? _from : _from;
            if (_running.IsCompleted)
            {
                // Not where the first reader is, whatever grain it is of, and not in its trace.
                using var flow = AllDataActivities.LeaveTrace();
                _running = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler).Unwrap();
            }
        }

        return reading;
    }

    /// <summary>What is known at this moment.</summary>
    /// <param name="position">Where the reader is; null: not known yet, it begins with the present.</param>
    /// <param name="reading">The reader; null: one that the feed does not wait for.</param>
    public FeedView Look(EventKey? position, FollowReading? reading = null)
    {
        lock (_gate)
        {
            if (reading is not null)
            {
                reading.Position = position;
                SignalRoom();
            }

            var found = position is { } after ? _ring.Find(after) : null;

            // Where it began before the present, readers that begin with the present, or read for themselves, wait until it is there.
            var isThere = _ring.End >= _present;
            return new FeedView(
                isThere ? _ring.Begin : null, isThere ? _ring.End : null, _safe, _heldUpBy, found?.Events, found?.UpTo, _changed.Task);
        }
    }

    /// <summary>A reader follows no more.</summary>
    public void Leave(FollowReading reading)
    {
        lock (_gate)
        {
            if (_readers.Remove(reading))
            {
                _emptySince = _time.GetTimestamp();
                SignalRoom();
            }
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

            await RestAsync(Period);
        }
    }

    private async Task RestAsync(TimeSpan length)
    {
        var began = _time.GetTimestamp();
        await Task.Delay(length, _time);
        _pace.OnWoken(_time.GetElapsedTime(began) - length);
    }

    private bool GoesOn()
    {
        lock (_gate)
        {
            if (!_source.IsStopping && (_readers.Count > 0 || _time.GetElapsedTime(_emptySince) < Linger))
            {
                return true;
            }

            // In the same step as the last look: a reader that enters now starts it again.
            _ring.Clear();
            (_heldUpBy, _safe, _from, _present) = ([], null, null, null);
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
                var bytes = page.Events?.Records.Length ?? 0;
                await WaitForRoomAsync(bytes);
                Append(page);
                heldUpBy = page.HeldUpBy.IsEmpty ? heldUpBy : page.HeldUpBy;
                if (_pace.RestAfter(bytes, Readers) is { Ticks: > 0 } rest)
                {
                    await RestAsync(rest);
                }
            }
        }

        Publish(heldUpBy);
    }

    private EventKey Begin(EventKey safe)
    {
        lock (_gate)
        {
            _safe = safe;
            if (_ring.End is { } end)
            {
                return end;
            }

            var begin = _from is { } from && from < safe && safe.UnixMilliseconds - from.UnixMilliseconds <= LongestDelay.TotalMilliseconds ? from : safe;
            _present = safe;
            _ring.Start(begin);
            _live?.Pass(null, begin);
            Signal();
            return begin;
        }
    }

    private async Task WaitForRoomAsync(long bytes)
    {
        Task hasRoom;
        lock (_gate)
        {
            _coming = bytes;
            if (HasRoom())
            {
                return;
            }

            _hasRoom = NewSignal();
            hasRoom = _hasRoom.Task;
        }

        await hasRoom.WaitAsync(Patience, _time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_gate)
        {
            _hasRoom = null;
        }
    }

    // A reader that is before the ring reads for itself, and one that has not begun takes nothing: neither is waited for.
    private bool HasRoom()
    {
        if (!_ring.IsFullFor(_coming) || _safe?.UnixMilliseconds - _ring.End?.UnixMilliseconds > LongestDelay.TotalMilliseconds)
        {
            return true;
        }

        var (within, waiting) = (0, 0);
        foreach (var reading in _readers)
        {
            within += reading.Position >= _ring.Begin ? 1 : 0;
            waiting += reading.Position >= _ring.Begin && reading.Position < _ring.BeginNext ? 1 : 0;
        }

        return waiting * 2 <= within;
    }

    private void SignalRoom()
    {
        if (_hasRoom is { } waits && HasRoom())
        {
            waits.TrySetResult();
        }
    }

    private void Append(CertainPage page)
    {
        lock (_gate)
        {
            if (page.UpTo > _ring.End)
            {
                _ring.Append(page.Events, page.UpTo);
                _live?.Pass(page.Events, page.UpTo);
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

    [LoggerMessage(LogLevel.Warning, "What became safe for readers that follow could not be read; it is tried again")]
    private partial void LogFailed(Exception failure);
}

/// <summary>What a silo's feed has for a reader at one moment.</summary>
/// <param name="Begin">The first position for which it has pages; null: none yet.</param>
/// <param name="End">Up to here it has read; null: not known yet.</param>
/// <param name="SafeUpTo">Up to here nothing more can appear, read or not; null: not known yet.</param>
/// <param name="HeldUpBy">What keeps the safe point from going on.</param>
/// <param name="Events">The events after the reader's position; null when there are none.</param>
/// <param name="UpTo">Where they end; null when the feed has nothing for that position.</param>
/// <param name="Changed">Completes when there is something new.</param>
internal sealed record FeedView(
    EventKey? Begin, EventKey? End, EventKey? SafeUpTo, ImmutableArray<ScanDoubt> HeldUpBy, ScanPage? Events, EventKey? UpTo, Task Changed);
