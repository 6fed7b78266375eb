using AllData.Peers;
using AllData.Replication;

namespace AllData.Protocol.Placement;

/// <summary>A peer chosen to hold a replica.</summary>
/// <param name="PeerIndex">Its index in the <see cref="Topologies.Topology"/> that it was chosen from.</param>
/// <param name="Peer">Its name.</param>
/// <param name="Location">Where it was at that topology's version.</param>
/// <param name="Tier">The role of its place, seen from the coordinator.</param>
internal readonly record struct ReplicaTarget(int PeerIndex, PeerId Peer, PeerLocation Location, PlacementTier Tier)
{
    /// <summary>What a receipt says of it, once it holds the block.</summary>
    public Replica ToReplica() => new(Peer, Location);

    /// <summary><c>peer (region/zone, tier)</c>.</summary>
    public override string ToString() => $"{Peer} ({Location}, {Tier})";
}
