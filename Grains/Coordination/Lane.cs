using AllData.Configuration;
using AllData.Protocol;

namespace AllData.Coordination;

/// <summary>
/// The way of the puts that ask for the same: they gather while blocks are under way and leave together. A block is back when it is answered;
/// the replicas that are still being written then are bounded by the admission gate.
/// </summary>
/// <param name="send">Puts what leaves together and completes when all of it is answered; never with an error.</param>
/// <param name="pressure">Whether blocks wait a moment.</param>
/// <param name="options">Bounds.</param>
/// <param name="time">The clock.</param>
internal sealed class Lane(Func<List<LanePut>, Task> send, ReplicaPressure pressure, AllDataOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LaneQueue<LanePut> _queue =
        new(options.Limits.MaxBlockEvents, options.Limits.MaxBlockBytes, options.Limits.BlocksUnderWay);

    private bool _isPaused;

    /// <summary>Adds a put; its caller is answered when its block is. False, and nothing taken, when those before it have waited too long.</summary>
    public bool TryAdd(LanePut put)
    {
        lock (_gate)
        {
            if (_queue.WaitingSince is { } since && time.GetElapsedTime(since) > options.Deadlines.Queue)
            {
                return false;
            }

            _queue.Add(put, put.Count, put.Bytes, put.Started);
            if (!_queue.CanDepart)
            {
                return true;
            }
        }

        Pump();
        return true;
    }

    // Through the pool's queue, not by the caller: whoever comes until the pool gets here joins the block. With nothing else to do that is at once.
    private void Pump() => ThreadPool.UnsafeQueueUserWorkItem(static lane => lane.DepartAll(), this, preferLocal: false);

    private void DepartAll()
    {
        while (TakeBlock() is { } puts)
        {
            _ = RunAsync(puts);
        }
    }

    private List<LanePut>? TakeBlock()
    {
        var puts = new List<LanePut>();
        lock (_gate)
        {
            return !MustPause() && _queue.TryDepart(puts) ? puts : null;
        }
    }

    private bool MustPause()
    {
        if (!_isPaused && _queue.CanDepart && pressure.Remaining is var pause && pause > TimeSpan.Zero)
        {
            _isPaused = true;
            _ = EndPauseAsync(pause);
        }

        return _isPaused;
    }

    private async Task EndPauseAsync(TimeSpan pause)
    {
        await Task.Delay(pause, time).ConfigureAwait(false);
        lock (_gate)
        {
            _isPaused = false;
        }

        Pump();
    }

    private async Task RunAsync(List<LanePut> puts)
    {
        await send(puts);
        lock (_gate)
        {
            _queue.OnBack();
            if (!_queue.CanDepart)
            {
                return;
            }
        }

        Pump();
    }
}
