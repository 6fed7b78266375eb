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

    /// <summary>The peers of regions that are cut off and get what they miss later, active or not.</summary>
    public uint OwedOf(CutOffRegions? cutOff) =>
        PeersIn(name => cutOff is not null && cutOff.All.Any(region => region.Region == name && !region.HasDropped));

    /// <summary>The peers of regions that leave the store.</summary>
    public uint PeersOf(LeavingRegions leaving) => PeersIn(leaving.Contains);

    private uint PeersIn(Func<string, bool> isWanted)
    {
        var peers = 0u;
        for (var i = 0; i < Topology.Count; i++)
        {
            peers |= isWanted(Topology[i].Location.Region) ? 1u << i : 0;
        }

        return peers;
    }
}
