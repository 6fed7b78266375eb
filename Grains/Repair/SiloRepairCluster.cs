using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>The cluster as this silo sees it.</summary>
internal sealed class SiloRepairCluster(TopologyCache topologies, IReplicas replicas) : IRepairCluster
{
    /// <inheritdoc/>
    public Topology Topology => topologies.Current.Topology;

    /// <inheritdoc/>
    public bool IsAlive(PeerId peer)
    {
        var live = topologies.Current;
        return live.Topology.IndexOf(peer) is var index and >= 0 && live.Of(index) != PeerAvailability.Dead;
    }

    /// <inheritdoc/>
    public IRepairSource SourceOf(PeerId peer) => replicas.Of(peer);
}
