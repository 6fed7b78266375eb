using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>A topology in bits, found from the names of the locations alone.</summary>
internal sealed class WorldMap
{
    public WorldMap(Topology topology)
    {
        Topology = topology;
        var peers = topology.Snapshot.Peers;
        var zones = peers.Select(peer => peer.Location.ToString()).Distinct().ToList();
        var regions = peers.Select(peer => peer.Location.Region).Distinct().ToList();
        Zones = [.. peers.Select(peer => 1ul << zones.IndexOf(peer.Location.ToString()))];
        Regions = [.. peers.Select(peer => 1ul << regions.IndexOf(peer.Location.Region))];
        for (var i = 0; i < peers.Length; i++)
        {
            Active |= peers[i].Stores && peers[i].Status == PeerStatus.Active ? 1u << i : 0;
        }
    }

    public Topology Topology { get; }

    public ulong[] Zones { get; }

    public ulong[] Regions { get; }

    public uint Active { get; }

    /// <summary>The peers of regions that are cut off, active or not.</summary>
    public uint PeersOf(CutOffRegions? cutOff)
    {
        var peers = 0u;
        for (var i = 0; cutOff is { Any: true } && i < Topology.Count; i++)
        {
            peers |= cutOff.All.Any(region => region.Region == Topology[i].Location.Region) ? 1u << i : 0;
        }

        return peers;
    }
}
