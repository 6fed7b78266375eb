using System.Collections.Concurrent;

namespace AllData.Tests.Unit.Client;

/// <summary>
/// A clock on which every wait is over at once, and which moves on a millisecond whenever it is read: what is measured with it does not
/// depend on the machine. It remembers how long each wait was to be.
/// </summary>
internal sealed class EagerTime : TimeProvider
{
    private long _now;

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    /// <summary>Whether a wait that is over has taken its time, so that what is bounded by time comes to its end.</summary>
    public bool TakesTime { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, TimeSpan.TicksPerMillisecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (!TakesTime && dueTime == Timeout.InfiniteTimeSpan)
        {
            return timer;
        }

        var eager = new EagerTimer(this, timer);
        eager.Change(dueTime, period);
        return eager;
    }

    /// <summary>Fires once each time that it is set.</summary>
    private sealed class EagerTimer(EagerTime time, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            }

            time.Waits.Enqueue(dueTime);
            Interlocked.Add(ref time._now, time.TakesTime ? dueTime.Ticks : 0);
            return timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
