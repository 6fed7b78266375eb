namespace AllData.Simulation.Running;

/// <summary>A machine's wall clock: it may be wrong, may be set, and may tick coarsely.</summary>
/// <param name="timeline">True time.</param>
/// <param name="tick">The step in which it goes on.</param>
internal sealed class MachineClock(Timeline timeline, TimeSpan tick)
{
    /// <summary>How far it is ahead; negative: behind.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>What it shows.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var exact = timeline.Now + Offset;
            return exact.AddTicks(-(exact.Ticks % tick.Ticks));
        }
    }

    /// <summary>What it shows, milliseconds since 1970 UTC.</summary>
    public long UnixMilliseconds => Now.ToUnixTimeMilliseconds();
}

/// <summary>Time as one life of a process sees it: the machine's wall clock, and timers that end with the process.</summary>
internal sealed class SimulatedTime(Timeline timeline, ProcessLife life, MachineClock clock) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => clock.Now;

    /// <inheritdoc/>
    public override long GetTimestamp() => timeline.Elapsed.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(timeline, life, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Timeline timeline, ProcessLife life, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _setting++;
            Plan(dueTime, period, _setting);
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Plan(TimeSpan dueTime, TimeSpan period, int setting)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            timeline.After(dueTime, () => life.Run(() =>
            {
                if (setting == _setting)
                {
                    callback(state);
                    Plan(period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan, period, setting);
                }
            }));
        }
    }
}
