using AllData.Protocol.Blocks;

namespace AllData.Protocol.Placement;

/// <summary>The role of a replica's place, seen from the coordinator. The order is the one in which copysets are drawn.</summary>
internal enum PlacementTier
{
    /// <summary>The coordinator's own peer.</summary>
    Local = 0,

    /// <summary>Another zone of the coordinator's region.</summary>
    OtherZone = 1,

    /// <summary>Another region.</summary>
    OtherRegion = 2,

    /// <summary>The coordinator's own zone.</summary>
    SameZone = 3,

    /// <summary>Any place with a free peer ("get it done").</summary>
    Any = 4,
}

/// <summary>
/// Where replicas are placed. The tiers need not add up to the replication factor: excess is cut in their order, a shortfall is filled.
/// </summary>
internal sealed record PlacementPolicy
{
    /// <summary>Replicas of every event, 1 to <see cref="Copyset.MaxMembers"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public required int ReplicationFactor
    {
        get;
        init => field = value is >= 1 and <= Copyset.MaxMembers
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(ReplicationFactor), value, $"A replication factor is 1 to {Copyset.MaxMembers}.");
    }

    /// <summary>At most this many replicas in other zones of the coordinator's region, unless nothing else is left. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int OtherZoneReplicas
    {
        get;
        init => field = NotNegative(value, nameof(OtherZoneReplicas));
    }

    /// <summary>At most this many replicas in other regions, unless nothing else is left. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int OtherRegionReplicas
    {
        get;
        init => field = NotNegative(value, nameof(OtherRegionReplicas));
    }

    /// <summary>
    /// The least number of zones and regions of a copyset, as far as peers are registered there: places are kept for them before a tier takes a
    /// second peer of a domain. Replacements and repair keep it. Default: no demand.
    /// </summary>
    public SpreadDemand Spread { get; init; } = SpreadDemand.None;

    /// <summary>
    /// Whether to store with fewer replicas than requested when there are fewer active peers. The commit level is still computed from
    /// <see cref="ReplicationFactor"/>. Default: false.
    /// </summary>
    public bool AllowUnderReplicated { get; init; }

    /// <summary>
    /// Whether members in regions that are cut off get no spare, as long as a put can be committed without: their regions are owed the copy. Default: false,
    /// another peer keeps it.
    /// </summary>
    public bool OwesCutOffRegions { get; init; }

    /// <summary>Why the tiers and the replication factor can never meet the demanded spread; null when they can.</summary>
    public string? WhyNeverSpread()
    {
        var outside = OtherZoneReplicas + OtherRegionReplicas;
        return Spread.WhyImpossible(ReplicationFactor)
            ?? (Spread.Regions > 1 + OtherRegionReplicas
                ? $"{Spread.Regions} regions are demanded, but only {OtherRegionReplicas} replicas go to other regions."
                : Spread.Zones > 1 + outside
                    ? $"{Spread.Zones} zones are demanded, but only {outside} replicas go to other zones and regions."
                    : null);
    }

    private static int NotNegative(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }
}
