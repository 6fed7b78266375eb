namespace AllData.Configuration;

/// <summary>How intervals are sealed: certified with a root of all their events, in a log that peers sign.</summary>
public sealed class SealingOptions
{
    /// <summary>The longest <see cref="Patience"/>.</summary>
    public static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(25);

    /// <summary>
    /// Whether intervals are sealed by themselves. More than half of the storing peers then read each interval once, when it is over; on order it is done in
    /// any case. All silos of a cluster have the same setting. Default: true.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// How long after an interval could be closed it is sealed: so that repair has completed what is only late, and a peer that restarts is back. Default:
    /// 10 min.
    /// </summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a silo looks for intervals to be sealed, and whether sealed ones have changed. Default: 1 min.</summary>
    public TimeSpan Check { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a peer may take to look at an interval and sign its certificate. It reads the interval slowly, because puts come first, until its rests have
    /// taken a quarter of this time. Default: 20 min.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>
    /// Zones that the peers must lie in that sign a head of the log. More than half of the storing peers sign it in any case. All silos of a cluster have the
    /// same setting. Default: 1.
    /// </summary>
    public int MinZones { get; set; } = 1;
}
