using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Sealing;

/// <summary>
/// Which peer's silo seals the cluster's intervals now: the storing one with the lowest ordinal of those that are alive. Silos may see this differently for a
/// while.
/// </summary>
internal sealed class SealingPeer(TopologyCache topologies)
{
    /// <summary>The peer; null: no storing peer of the cluster is alive, as far as this silo knows.</summary>
    public PeerId? Current => InOrder.Select(static peer => (PeerId?)peer).FirstOrDefault();

    /// <summary>The storing peers that are alive, in the order in which they stand in for each other.</summary>
    public IEnumerable<PeerId> InOrder
    {
        get
        {
            var live = topologies.Current;
            return Enumerable.Range(0, live.Topology.Count)
                .Where(i => live.Topology[i].Stores && topologies.IsOwn(live.Topology[i].Id) && live.Of(i) != PeerAvailability.Dead)
                .OrderBy(i => live.Topology[i].Ordinal)
                .Select(i => live.Topology[i].Id);
        }
    }
}
