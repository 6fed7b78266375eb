using AllData.Errors;
using AllData.Replication;

namespace AllData.Protocol;

/// <summary>
/// When a put is committed: how many distinct peers must hold it durably, and in how many zones and regions they must lie. Computed from
/// the replication factor asked for, never from what happens to be alive.
/// </summary>
public sealed record CommitRequirement
{
    private CommitRequirement(CommitLevel level, int replicationFactor, int needed, int minZones, int minRegions)
    {
        Level = level;
        ReplicationFactor = replicationFactor;
        Needed = needed;
        MinZones = minZones;
        MinRegions = minRegions;
    }

    /// <summary>The level asked for.</summary>
    public CommitLevel Level { get; }

    /// <summary>Replicas asked for.</summary>
    public int ReplicationFactor { get; }

    /// <summary>Replicas that the level needs.</summary>
    public int Needed { get; }

    /// <summary>Zones that the counted replicas must lie in; 1 is no demand.</summary>
    public int MinZones { get; }

    /// <summary>Regions that the counted replicas must lie in; 1 is no demand.</summary>
    public int MinRegions { get; }

    /// <summary>Computes it.</summary>
    /// <param name="level">Replicas to wait for.</param>
    /// <param name="replicationFactor">Replicas asked for, 1 to <see cref="Copyset.MaxMembers"/>.</param>
    /// <param name="minZones">1 to <paramref name="replicationFactor"/>.</param>
    /// <param name="minRegions">1 to <paramref name="replicationFactor"/>.</param>
    /// <exception cref="InvalidEventException">The level is unknown, or no set of replicas could meet the demand.</exception>
    public static CommitRequirement Create(CommitLevel level, int replicationFactor, int minZones = 1, int minRegions = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicationFactor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicationFactor, Copyset.MaxMembers);
        var needed = level switch
        {
            CommitLevel.One => 1,
            CommitLevel.Quorum => (replicationFactor / 2) + 1,
            CommitLevel.All => replicationFactor,
            _ => throw new InvalidEventException($"{(int)level} is not a commit level. Use One, Quorum or All."),
        };
        RefuseUnless(minZones >= 1 && minZones <= replicationFactor, minZones, "zones", replicationFactor);
        RefuseUnless(minRegions >= 1 && minRegions <= replicationFactor, minRegions, "regions", replicationFactor);
        return new CommitRequirement(level, replicationFactor, needed, minZones, minRegions);
    }

    /// <summary>Whether so many distinct durable replicas, in so many zones and regions, are enough.</summary>
    public bool IsMetBy(int replicas, int zones, int regions) => replicas >= Needed && zones >= MinZones && regions >= MinRegions;

    /// <summary>The demand as part of a sentence.</summary>
    public override string ToString()
    {
        var zones = MinZones > 1 ? $" in {MinZones} zones" : "";
        var regions = MinRegions > 1 ? $" in {MinRegions} regions" : "";
        return $"{Needed} of {ReplicationFactor} replicas{zones}{regions} ({Level})";
    }

    private static void RefuseUnless(bool possible, int demand, string what, int replicationFactor)
    {
        if (!possible)
        {
            throw new InvalidEventException(
                $"{demand} {what} are asked for, but {replicationFactor} replicas can lie in 1 to {replicationFactor} {what}.");
        }
    }
}
