using AllData.Errors;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Placement;

/// <summary>
/// When a put is committed: how many distinct peers must hold it durably, in how many zones and regions they must lie, and whether the coordinator's
/// own peer must be one of them. Computed from the requested replication factor, never from the peers that are currently alive.
/// </summary>
internal sealed record CommitRequirement
{
    private CommitRequirement(CommitLevel level, int replicationFactor, int needed, SpreadDemand spread)
    {
        Level = level;
        ReplicationFactor = replicationFactor;
        Needed = needed;
        Spread = spread;
    }

    /// <summary>The requested level.</summary>
    public CommitLevel Level { get; }

    /// <summary>The requested number of replicas.</summary>
    public int ReplicationFactor { get; }

    /// <summary>Replicas that the level needs.</summary>
    public int Needed { get; }

    /// <summary>Zones and regions that the counted replicas must lie in.</summary>
    public SpreadDemand Spread { get; }

    /// <summary>Regions of which one of the counted replicas must lie outside: their peers do not stay in the store. Null: all stay.</summary>
    public LeavingRegions? Leaving { get; private init; }

    /// <summary>Whether the coordinator's own peer must be among the counted replicas: not where its region leaves the store, and its copy with it.</summary>
    public bool NeedsLocal => Level == CommitLevel.Local && Leaving is null;

    /// <summary>Computes the requirement.</summary>
    /// <param name="level">Replicas to wait for.</param>
    /// <param name="replicationFactor">The requested number of replicas, 1 to <see cref="Copyset.MaxMembers"/>.</param>
    /// <param name="minZones">1 to <paramref name="replicationFactor"/>.</param>
    /// <param name="minRegions">1 to <paramref name="replicationFactor"/>.</param>
    /// <exception cref="InvalidEventException">The level is unknown, or no set of replicas could meet the demand.</exception>
    public static CommitRequirement Create(CommitLevel level, int replicationFactor, int minZones = 1, int minRegions = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicationFactor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicationFactor, Copyset.MaxMembers);
        var needed = level switch
        {
            CommitLevel.One or CommitLevel.Local => 1,
            CommitLevel.Quorum => (replicationFactor / 2) + 1,
            CommitLevel.All => replicationFactor,
            _ => throw new InvalidEventException($"{(int)level} is not a commit level. Use One, Quorum, All or Local."),
        };
        var spread = new SpreadDemand(minZones, minRegions);
        return spread.WhyImpossible(replicationFactor) is { } reason
            ? throw new InvalidEventException(reason)
            : new CommitRequirement(level, replicationFactor, needed, spread);
    }

    /// <summary>The requirement where regions leave the store: it is met only with a replica that stays.</summary>
    public CommitRequirement Outside(LeavingRegions? leaving) => leaving is null ? this : this with { Leaving = leaving };

    /// <summary>Whether a set of peers that hold the events durably is enough.</summary>
    /// <param name="layout">Numbers the domains.</param>
    /// <param name="local">The index of the coordinator's own peer; -1 when it is not registered.</param>
    /// <param name="peers">Indexes of peers, each once.</param>
    internal bool IsMetBy(TopologyLayout layout, int local, ReadOnlySpan<int> peers) => peers.Length >= Needed
        && (!NeedsLocal || (local >= 0 && peers.Contains(local)))
        && !PlacementRules.Missing(layout, Spread, peers).Any
        && Leaving?.AreLeftBy(layout, peers) != false;

    /// <summary>The demand as part of a sentence.</summary>
    public override string ToString()
    {
        var zones = Spread.Zones > 1 ? $" in {Spread.Zones} zones" : "";
        var regions = Spread.Regions > 1 ? $" in {Spread.Regions} regions" : "";
        var local = NeedsLocal ? ", this silo's own among them" : "";
        var outside = Leaving is null ? "" : $", one of them outside {Leaving}, which the store has dropped";
        return $"{Needed} of {ReplicationFactor} replicas{zones}{regions}{local}{outside} ({Level})";
    }
}
