using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>The coordinator's own peer: placement is seen from it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Location">Its configured location, which counts only while the topology does not know the peer.</param>
internal readonly record struct LocalPeer(PeerId Id, PeerLocation Location);

/// <summary>The coordinator's place in one topology. Index -1 means that the topology has nothing there.</summary>
/// <param name="Peer">Index of its own peer, active or not; -1 when it is not registered.</param>
/// <param name="Zone">Index of its zone.</param>
/// <param name="Region">Index of its region.</param>
/// <param name="Location">Where that is, for layouts that number zones and regions in another way.</param>
internal readonly record struct LocalSite(int Peer, int Zone, int Region, PeerLocation Location)
{
    /// <summary>Finds it. The registry's location wins over the configured one, so that a move is effective without a restart.</summary>
    public static LocalSite Of(Topology topology, LocalPeer local)
    {
        var peer = topology.IndexOf(local.Id);
        return In(topology.Layout, peer, peer >= 0 ? topology[peer].Location : local.Location);
    }

    /// <summary>The same place as another layout of the same topology numbers it.</summary>
    public LocalSite In(TopologyLayout layout) => In(layout, Peer, Location);

    /// <summary>The role of a peer's place, seen from here.</summary>
    public PlacementTier TierOf(TopologyLayout layout, int peer)
    {
        if (peer == Peer)
        {
            return PlacementTier.Local;
        }

        return layout.ZoneOfPeer(peer) == Zone ? PlacementTier.SameZone
            : layout.RegionOfPeer(peer) == Region ? PlacementTier.OtherZone
            : PlacementTier.OtherRegion;
    }

    private static LocalSite In(TopologyLayout layout, int peer, PeerLocation location) => peer >= 0
        ? new LocalSite(peer, layout.ZoneOfPeer(peer), layout.RegionOfPeer(peer), location)
        : new LocalSite(-1, layout.FindZone(location), layout.FindRegion(location.Region), location);
}
