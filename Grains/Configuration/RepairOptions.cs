namespace AllData.Configuration;

/// <summary>How a peer keeps its copies complete, and when other peers take the place of an absent one.</summary>
public sealed class RepairOptions
{
    /// <summary>The shortest <see cref="GracePeriod"/>.</summary>
    public static readonly TimeSpan ShortestGrace = TimeSpan.FromSeconds(1);

    /// <summary>How often a peer asks the others what has changed. Default: 2 s.</summary>
    public TimeSpan Round { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long after its end a minute is first compared: longer than a put's copies take to arrive, because what is only late would be fetched
    /// as well. Default: 15 s.
    /// </summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes per second of blocks that a peer fetches at most; it fetches less while puts wait. Default: 64 MiB.</summary>
    public long BytesPerSecond { get; set; } = 64L << 20;

    /// <summary>A peer's pause between two comparisons of everything that it holds, changed or not. Default: 6 h.</summary>
    public TimeSpan Sweep { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// How long no silo may have hosted a peer before others take its place in its copysets: longer than a restart of its machine, so that only
    /// what it missed is fetched. The silo that has the registry decides by its own setting. Default: 20 min.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(20);
}
