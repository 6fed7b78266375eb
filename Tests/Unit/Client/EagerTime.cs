using System.Collections.Concurrent;

namespace AllData.Tests.Unit.Client;

/// <summary>
/// A clock on which every wait is over at once and has taken its time, and which moves on a millisecond whenever it is read: what is measured with it
/// does not depend on the machine. It remembers how long each wait was to be.
/// </summary>
internal sealed class EagerTime : TimeProvider
{
    private long _now;

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, TimeSpan.TicksPerMillisecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new EagerTimer(this, base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
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
            Interlocked.Add(ref time._now, dueTime.Ticks);
            return timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
