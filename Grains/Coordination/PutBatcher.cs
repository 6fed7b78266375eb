using AllData.Configuration;
using AllData.Protocol.Puts;

namespace AllData.Coordination;

/// <summary>
/// Gathers puts with equal terms while blocks are in flight; they leave together. A block counts as returned when it is answered. Replicas still
/// being written then are bounded by the admission gate.
/// </summary>
/// <param name="send">Puts everything that leaves together; completes when all of it is answered.</param>
/// <param name="longestWait">When a put has waited this long, puts that arrive after it are refused.</param>
/// <param name="pressure">Whether blocks wait a moment.</param>
/// <param name="limits">Bounds of blocks.</param>
/// <param name="time">The clock.</param>
internal sealed class PutBatcher(Func<List<PendingPut>, Task> send, TimeSpan longestWait, ReplicaPressure pressure, LimitOptions limits, TimeProvider time)
{
    // About as long as a block is in flight: a put that gets no company in this time leaves alone.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly PutBatchQueue<PendingPut> _queue = new(
        limits.MaxBlockEvents, limits.MaxBlockBytes, limits.MaxBlocksInFlight, (long)(LongestHold.TotalSeconds * time.TimestampFrequency));

    private bool _isHolding;
    private bool _isPaused;
    private bool _hasPaused;

    /// <summary>
    /// Adds a put; its caller is answered when its block is, or when its time is over. False, and nothing taken, when those before it have waited
    /// too long.
    /// </summary>
    public bool TryAdd(PendingPut put)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_queue.WaitingSince is { } since && time.GetElapsedTime(since, now) > longestWait)
            {
                return false;
            }

            _queue.Add(put, put.Count, put.Bytes, put.Started);
            if (!_queue.CanDepart(now))
            {
                HoldForCompany(now);
                return true;
            }
        }

        Pump();
        return true;
    }

    // Through the pool's queue, not on the caller's thread: puts that arrive before the pool gets here join the block. An idle pool gets here at
    // once.
    private void Pump() => ThreadPool.UnsafeQueueUserWorkItem(static batcher => batcher.DepartAll(), this, preferLocal: false);

    private void DepartAll()
    {
        while (TakeBlock() is { } puts)
        {
            _ = RunAsync(puts);
        }
    }

    private List<PendingPut>? TakeBlock()
    {
        var puts = new List<PendingPut>();
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (MustPause(now) || !_queue.TryDepart(puts, now))
            {
                HoldForCompany(now);
                return null;
            }

            _hasPaused = false;
            return puts;
        }
    }

    /// <summary>Checks again when the pause is over; one check at a time.</summary>
    private void HoldForCompany(long now)
    {
        if (!_isHolding && !_isPaused && _queue.IsHeld(now))
        {
            _isHolding = true;
            _ = PumpAfterAsync(LongestHold, () => _isHolding = false);
        }
    }

    // After each pause a block leaves, whatever replicas say meanwhile: if other silos keep a queue full, this batcher would otherwise stop
    // permanently.
    private bool MustPause(long now)
    {
        if (!_isPaused && !_hasPaused && _queue.CanDepart(now) && pressure.Remaining is var pause && pause > TimeSpan.Zero)
        {
            _isPaused = _hasPaused = true;
            _ = PumpAfterAsync(pause, () => _isPaused = false);
        }

        return _isPaused;
    }

    private async Task PumpAfterAsync(TimeSpan pause, Action over)
    {
        await Task.Delay(pause, time).ConfigureAwait(false);
        lock (_gate)
        {
            over();
        }

        Pump();
    }

    private async Task RunAsync(List<PendingPut> puts)
    {
        try
        {
            await send(puts);
        }
        finally
        {
            // Always: a place that is never given back would stop the batcher.
            bool isMore;
            lock (_gate)
            {
                _queue.OnBack();
                isMore = _queue.Count > 0;
            }

            if (isMore)
            {
                Pump();
            }
        }
    }
}
