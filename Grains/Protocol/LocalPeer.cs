using AllData.Peers;

namespace AllData.Protocol;

/// <summary>The coordinator's own peer: placement is seen from it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Location">Its configured location, which counts only while the topology does not know the peer.</param>
public readonly record struct LocalPeer(PeerId Id, PeerLocation Location);

/// <summary>The coordinator's place in one topology. Index -1 where the topology has nothing there.</summary>
/// <param name="Peer">Index of its own peer, active or not; -1 when it is not registered.</param>
/// <param name="Zone">Index of its zone.</param>
/// <param name="Region">Index of its region.</param>
internal readonly record struct LocalSite(int Peer, int Zone, int Region)
{
    /// <summary>Finds it. The registry's location wins over the configured one, so that a move is effective without a restart.</summary>
    public static LocalSite Of(Topology topology, LocalPeer local)
    {
        var peer = topology.IndexOf(local.Id);
        var layout = topology.Layout;
        return peer >= 0
            ? new LocalSite(peer, layout.ZoneOfPeer(peer), layout.RegionOfPeer(peer))
            : new LocalSite(-1, layout.FindZone(local.Location), layout.FindRegion(local.Location.Region));
    }

    /// <summary>The role that a peer's place plays, seen from here.</summary>
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
}
