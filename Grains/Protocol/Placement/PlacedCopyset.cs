using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>A copyset drawn from a topology.</summary>
internal sealed class PlacedCopyset
{
    internal PlacedCopyset(Topology topology, LocalSite site, PlacementPolicy policy, ImmutableArray<ReplicaTarget> members)
    {
        Topology = topology;
        Site = site;
        Policy = policy;
        Members = members;
        Span<int> indexes = stackalloc int[members.Length];
        Span<int> ordinals = stackalloc int[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            indexes[i] = members[i].PeerIndex;
            ordinals[i] = topology[members[i].PeerIndex].Ordinal;
        }

        Copyset = new Copyset(ordinals);
        IsSpread = !PlacementRules.Missing(topology.Layout, policy.Spread, indexes).Any;
    }

    /// <summary>The topology that the members' indexes refer to.</summary>
    public Topology Topology { get; }

    /// <summary>The members by ordinal, as the block's header keeps them.</summary>
    public Copyset Copyset { get; }

    /// <summary>The members in tier order, the coordinator's own peer first if it is one.</summary>
    public ImmutableArray<ReplicaTarget> Members { get; }

    /// <summary>The policy that it was drawn by; targets and spares follow it, too.</summary>
    public PlacementPolicy Policy { get; }

    /// <summary>Whether the members lie in as many zones and regions as the policy demands; false where too few are registered there.</summary>
    public bool IsSpread { get; }

    internal LocalSite Site { get; }

    /// <summary>The header of a block that its members are meant to hold.</summary>
    /// <param name="storeId">The id of the whole store.</param>
    /// <param name="id">The block's id.</param>
    /// <param name="first">Its first event, of the topic of all.</param>
    /// <param name="hasSuppliedKeys">Whether its keys were given.</param>
    /// <param name="arrival">The position of its first event for readers that follow, if its keys came too late.</param>
    public BlockHeader HeaderOf(Guid storeId, BlockId id, in KeyedEvent first, bool hasSuppliedKeys, EventKey? arrival = null) => new()
    {
        ClusterId = storeId,
        Id = id,
        UnixMinute = first.Key.UnixMinute,
        HasSuppliedKeys = hasSuppliedKeys,
        ReplicationFactor = Policy.ReplicationFactor,
        TopologyVersion = Topology.Version,
        Copyset = Copyset,
        Topic = first.Topic,
        Arrival = arrival,
    };

    /// <summary>Whether a set of peers, each once, is enough for a commit requirement.</summary>
    internal bool Meets(CommitRequirement requirement, ReadOnlySpan<int> peers) => requirement.IsMetBy(Topology.Layout, Site.Peer, peers);

    /// <summary>What a set of peers is missing for the policy and a commit requirement together.</summary>
    internal MissingDomains MissingFor(CommitRequirement requirement, ReadOnlySpan<int> peers) =>
        PlacementRules.Missing(Topology.Layout, Policy.Spread.And(requirement.Spread), peers);

    /// <summary>A peer of the topology as a target, with the role of its place.</summary>
    internal ReplicaTarget TargetAt(int peerIndex)
    {
        var peer = Topology[peerIndex];
        return new ReplicaTarget(peerIndex, peer.Id, peer.Location, Site.TierOf(Topology.Layout, peerIndex));
    }

    /// <summary>Whether a peer is meant to hold the block.</summary>
    public bool Contains(int peerIndex)
    {
        foreach (var member in Members)
        {
            if (member.PeerIndex == peerIndex)
            {
                return true;
            }
        }

        return false;
    }
}
