namespace AllData.Simulation.Running;

/// <summary>
/// Simulated time and all that is yet to happen, in one order: by time, and at one time by when it was planned. One thread runs it; nothing
/// happens but what lies in this queue.
/// </summary>
internal sealed class Timeline(DateTimeOffset start)
{
    // A run that stands still at one instant would never end.
    private const int MaxEventsAtOnce = 1_000_000;

    private readonly PriorityQueue<Action, (long At, long Number)> _events = new();
    private long _number;
    private long _eventsAtOnce;

    /// <summary>Simulated time since the beginning.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>The time that a clock without fault shows.</summary>
    public DateTimeOffset Now => start + Elapsed;

    /// <summary>Events that have happened.</summary>
    public long Happened { get; private set; }

    /// <summary>Plans an event.</summary>
    /// <param name="delay">From now; not negative.</param>
    /// <param name="happen">What happens.</param>
    public void After(TimeSpan delay, Action happen) => _events.Enqueue(happen, ((Elapsed + delay).Ticks, _number++));

    /// <summary>Plans an event for now, behind those that are planned for now already.</summary>
    public void Soon(Action happen) => After(TimeSpan.Zero, happen);

    /// <summary>Lets happen what is planned, and moves time.</summary>
    /// <param name="end">Simulated time since the beginning at which to stop.</param>
    public void RunUntil(TimeSpan end)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= end.Ticks)
        {
            var happen = _events.Dequeue();
            MoveTo(next.At);
            happen();
        }

        MoveTo(end.Ticks);
    }

    private void MoveTo(long ticks)
    {
        Happened++;
        _eventsAtOnce = ticks == Elapsed.Ticks ? _eventsAtOnce + 1 : 0;
        Elapsed = TimeSpan.FromTicks(ticks);
        if (_eventsAtOnce > MaxEventsAtOnce)
        {
            throw new InvalidOperationException($"More than {MaxEventsAtOnce} events at {Elapsed}: the simulated world turns on the spot.");
        }
    }
}
