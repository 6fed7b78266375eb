using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>The store as this silo sees it.</summary>
internal sealed class SiloRepairCluster(TopologyCache topologies, PeerHomes homes, IReplicas replicas, IRegionLinks links) : IRepairCluster
{
    /// <inheritdoc/>
    public Topology Topology => topologies.Current.Topology;

    // Repair goes over a link that heals before puts do: what it fetches is compared first and lost by no delay.
    /// <inheritdoc/>
    public bool IsAlive(PeerId peer)
    {
        var live = topologies.Current;
        return live.Topology.IndexOf(peer) is var index and >= 0 && (live.Of(index) != PeerAvailability.Dead || links.Reaches(peer));
    }

    /// <inheritdoc/>
    public string? OtherClusterOf(PeerId peer) => topologies.IsOwn(peer) ? null : homes.FindOther(peer);

    /// <inheritdoc/>
    public IRepairSource SourceOf(PeerId peer) => new RoutedSource(replicas, peer);
}
