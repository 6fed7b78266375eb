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

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, TimeSpan.TicksPerMillisecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        Waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
