using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

public sealed class TopologyTests
{
    [Fact]
    public void Peers_are_found_by_name_and_by_ordinal()
    {
        var topology = TestTopology.Seed();

        Assert.Equal(6, topology.Count);
        Assert.Equal(2, topology.IndexOf(PeerId.Parse("p3")));
        Assert.Equal("west/c", topology[2].Location.ToString());
        Assert.Equal(-1, topology.IndexOf(PeerId.Parse("nobody")));
        Assert.True(topology.TryGetPeerOfOrdinal(3, out var peer));
        Assert.Equal("p3", peer.Value);
        Assert.False(topology.TryGetPeerOfOrdinal(99, out _));
    }

    [Fact]
    public void Ordinals_of_former_directories_and_dropped_peers_are_still_known()
    {
        var snapshot = TestTopology.Of("r/a").Snapshot with
        {
            Ordinals = [
                new DirectoryOrdinal(1, PeerId.Parse("p1"), Guid.Empty), new DirectoryOrdinal(9, PeerId.Parse("gone"), Guid.NewGuid())],
        };

        var topology = Topology.Prepare(snapshot);

        Assert.True(topology.TryGetPeerOfOrdinal(9, out var peer));
        Assert.Equal("gone", peer.Value);
    }

    [Fact]
    public void Only_active_storing_peers_and_their_domains_are_counted()
    {
        var topology = TestTopology.Of([
            TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", PeerStatus.Draining), TestTopology.Peer(3, "s/a", stores: false),
            TestTopology.Peer(4, "r/a")]);

        Assert.Equal(4, topology.Count);
        Assert.Equal(2, topology.ActivePeers);
        Assert.Equal(1, topology.ActiveZones);
        Assert.Equal(1, topology.ActiveRegions);
    }

    [Fact]
    public void A_peer_or_an_ordinal_that_appears_twice_is_refused()
    {
        var twice = TestTopology.Peer(1, "r/a");

        Assert.Throws<ArgumentException>(() => TestTopology.Of([twice, twice with { Ordinal = 2, Location = new("r", "b") }]));
        Assert.Throws<ArgumentException>(() => TestTopology.Of([twice, twice with { Id = PeerId.Parse("p2") }]));
    }

    [Fact]
    public void An_empty_topology_can_be_prepared()
    {
        var topology = TestTopology.Of([], version: 0);

        Assert.Equal(0, topology.Count);
        Assert.Equal(0, topology.ActivePeers);
        Assert.Equal(0, topology.Version);
    }

    [Fact]
    public void The_layout_of_random_topologies_is_contiguous_by_zone_and_region()
    {
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var topology = TestTopology.Random(random, maxPeers: 30);
            var layout = topology.Layout;
            for (var slot = 0; slot < layout.ActivePeers; slot++)
            {
                var peer = layout.PeerOfSlot(slot);
                Assert.Equal(slot, layout.SlotOfPeer(peer));
                Assert.Equal(layout.ZoneOfPeer(peer), layout.Zones.DomainOfSlot(slot));
                Assert.Equal(layout.RegionOfPeer(peer), layout.RegionOfZone(layout.ZoneOfPeer(peer)));
                var (first, count) = layout.ZonesOfRegion(layout.RegionOfPeer(peer));
                Assert.InRange(layout.ZoneOfPeer(peer), first, first + count - 1);
                var firstOfZone = layout.PeerOfSlot(layout.Zones.FirstSlot(layout.ZoneOfPeer(peer)));
                Assert.Equal(topology[peer].Location, topology[firstOfZone].Location);
            }
        }
    }
}
