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
    public PeerId? Current
    {
        get
        {
            var live = topologies.Current;
            return Enumerable.Range(0, live.Topology.Count)
                .Where(i => live.Topology[i].Stores && topologies.IsOwn(live.Topology[i].Id) && live.Of(i) != PeerAvailability.Dead)
                .OrderBy(i => live.Topology[i].Ordinal)
                .Select(i => (PeerId?)live.Topology[i].Id).FirstOrDefault();
        }
    }
}
