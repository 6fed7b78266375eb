using AllData.Federation;
using AllData.Peers;

namespace AllData.Protocol.Links;

/// <summary>The peers of regions that were dropped: they stay out of all plans, whatever their registry still says.</summary>
internal static class DroppedPeers
{
    /// <summary>
    /// A cluster's topology without them. Their ordinals stay known, so a copyset that names them has a peer that is not registered any more, and others are
    /// responsible for its copies.
    /// </summary>
    /// <param name="topology">What the cluster's registry says.</param>
    /// <param name="cluster">The cluster in the federation document, or null.</param>
    public static TopologySnapshot LeaveOut(TopologySnapshot topology, FederationCluster? cluster) => cluster is { Dropped.IsEmpty: false }
        ? topology with { Peers = topology.Peers.RemoveAll(p => cluster.FindDropped(p.Location.Region) is not null) }
        : topology;
}
