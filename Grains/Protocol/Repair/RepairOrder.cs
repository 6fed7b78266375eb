using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Repair;

/// <summary>How near another peer is.</summary>
internal enum PeerDistance
{
    /// <summary>In the own zone.</summary>
    Zone,

    /// <summary>In another zone of the own region.</summary>
    Region,

    /// <summary>In another region: what comes from there crosses a link.</summary>
    OtherRegion,
}

/// <summary>In which order a peer compares with the others: the nearest first, so that only what no near peer holds comes from far away.</summary>
internal static class RepairOrder
{
    /// <summary>The other storing peers, each with its distance. A peer that is not registered has no place: then all others count as near.</summary>
    public static IReadOnlyList<(PeerId Peer, PeerDistance Distance)> Of(Topology topology, PeerId self)
    {
        PeerLocation? own = topology.IndexOf(self) is var index and >= 0 ? topology[index].Location : null;
        return
        [
            .. topology.Snapshot.Peers.Where(p => p.Stores && p.Id != self)
                .Select(p => (p.Id, Distance: own is { } from ? DistanceOf(from, p.Location) : PeerDistance.Region))
                .OrderBy(static p => p.Distance),
        ];
    }

    private static PeerDistance DistanceOf(PeerLocation one, PeerLocation other) =>
        one.Region != other.Region ? PeerDistance.OtherRegion : one.Zone != other.Zone ? PeerDistance.Region : PeerDistance.Zone;
}
