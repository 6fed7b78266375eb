using AllData.Protocol.Blocks;

namespace AllData.Protocol.Placement;

/// <summary>
/// The least number of zones and regions for a set of replicas. The policy demands it of a copyset, a put of the copies that it counts.
/// </summary>
/// <param name="Zones">Zones; 1 is no demand. Zones are a region's own: two regions are two zones.</param>
/// <param name="Regions">Regions; 1 is no demand.</param>
internal readonly record struct SpreadDemand(int Zones, int Regions)
{
    /// <summary>No demand.</summary>
    public static SpreadDemand None { get; } = new(1, 1);

    /// <summary>Whether every set of peers meets it.</summary>
    public bool IsNone => this is { Zones: <= 1, Regions: <= 1 };

    /// <summary>Both demands in one.</summary>
    public SpreadDemand And(SpreadDemand other) => new(Math.Max(Zones, other.Zones), Math.Max(Regions, other.Regions));

    /// <summary>Why no set of this many replicas can meet it; null when one can.</summary>
    /// <param name="replicas">Replicas, 1 to <see cref="Copyset.MaxMembers"/>.</param>
    public string? WhyImpossible(int replicas) => WhyImpossible(Zones, "zones", replicas) ?? WhyImpossible(Regions, "regions", replicas);

    private static string? WhyImpossible(int demand, string what, int replicas) => demand >= 1 && demand <= replicas
        ? null
        : $"{demand} {what} are demanded, but {replicas} replicas can lie in 1 to {replicas} {what}.";
}
