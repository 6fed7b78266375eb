namespace AllData.Configuration;

/// <summary>What a peer does with its data by itself.</summary>
public sealed class MaintenanceOptions
{
    /// <summary>How often a peer looks whether an interval is to be closed. Default: 1 min.</summary>
    public TimeSpan CloseCheck { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after it has become older than the previous interval an interval is closed: longer than the longest put and than clocks of
    /// coordinators may differ, because a put that comes later is refused. Default: 2 min.
    /// </summary>
    public TimeSpan CloseDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a silo's clock must have run without a jump before intervals are closed on its word alone: after a start where no other silo answers,
    /// and after a jump. Long enough for an operator to set a wrong clock right. Default: 1 h.
    /// </summary>
    public TimeSpan ClockTrust { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Bytes that the scrubber reads in a second, at most; 0 switches it off. Default: 8 MiB.</summary>
    public long ScrubBytesPerSecond { get; set; } = 8L << 20;

    /// <summary>How long the scrubber rests when it has been through everything. Default: 6 h.</summary>
    public TimeSpan ScrubPause { get; set; } = TimeSpan.FromHours(6);
}
