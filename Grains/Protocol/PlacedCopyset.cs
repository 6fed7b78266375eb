using System.Collections.Immutable;

namespace AllData.Protocol;

/// <summary>A copyset drawn from a topology.</summary>
public sealed class PlacedCopyset
{
    internal PlacedCopyset(Topology topology, LocalSite site, int replicationFactor, ImmutableArray<ReplicaTarget> members)
    {
        Topology = topology;
        Site = site;
        ReplicationFactor = replicationFactor;
        Members = members;
        Span<int> ordinals = stackalloc int[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            ordinals[i] = topology[members[i].PeerIndex].Ordinal;
        }

        Copyset = new Copyset(ordinals);
    }

    /// <summary>The topology that the members' indexes refer to.</summary>
    public Topology Topology { get; }

    /// <summary>The members by ordinal, as the block's header keeps them.</summary>
    public Copyset Copyset { get; }

    /// <summary>The members in tier order, the coordinator's own peer first if it is one.</summary>
    public ImmutableArray<ReplicaTarget> Members { get; }

    /// <summary>Replicas asked for.</summary>
    public int ReplicationFactor { get; }

    internal LocalSite Site { get; }

    /// <summary>A peer of the topology as a target, with the role that its place plays.</summary>
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
