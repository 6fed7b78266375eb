namespace AllData.Configuration;

/// <summary>A peer's background work on its data.</summary>
public sealed class MaintenanceOptions
{
    /// <summary>How often a peer checks whether an interval should be closed. Default: 1 min.</summary>
    public TimeSpan CloseCheck { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after it has become older than the previous interval an interval is closed: longer than the longest put and than clocks of
    /// coordinators may differ, because a put that comes later is refused. Default: 2 min.
    /// </summary>
    public TimeSpan CloseDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a silo's clock must have run without a jump before intervals are closed by that clock alone: after a start at which no other silo
    /// answers, and after a jump. Long enough for an operator to correct a wrong clock. Default: 1 h.
    /// </summary>
    public TimeSpan ClockTrust { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Bytes per second that the scrubber reads at most; 0 switches it off. Default: 8 MiB.</summary>
    public long ScrubBytesPerSecond { get; set; } = 8L << 20;

    /// <summary>The scrubber's pause after it has read everything. Default: 6 h.</summary>
    public TimeSpan ScrubPause { get; set; } = TimeSpan.FromHours(6);
}
