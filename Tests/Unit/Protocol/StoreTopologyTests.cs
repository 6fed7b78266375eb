using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;
using AllData.Tests.Unit.Links;

namespace AllData.Tests.Unit.Protocol;

/// <summary>The topologies of several clusters as one.</summary>
public sealed class StoreTopologyTests
{
    [Fact]
    public void All_peers_ordinals_and_replacements_are_in_it_and_each_peer_has_its_home()
    {
        var away = new PeerReplacement(5, PeerId.Parse("west-b"), 601, ReplacementReason.Away, []);
        var north = SnapshotSample.North(3, "north-a", "north-b");
        var store = Combine(north, SnapshotSample.West(7, "west-a", "west-b") with { Replacements = [away] });

        Assert.Equal(["north-a", "north-b", "west-a", "west-b"], Names(store));
        Assert.Equal([1, 2, 600, 601], store.Snapshot.Ordinals.Select(static o => o.Ordinal));
        Assert.Equal([away], store.Snapshot.Replacements.AsEnumerable());
        Assert.Equal((10, north.ClusterId, north.IntervalLength), (store.Snapshot.Version, store.Snapshot.ClusterId, store.Snapshot.IntervalLength));
        Assert.Equal([0, 0, 1, 1], Names(store).Select(name => store.Homes[PeerId.Parse(name)]));
        Assert.Empty(store.Clashes);
        Assert.Equal(4, Topology.Prepare(store.Snapshot).Count);
    }

    [Fact]
    public void It_rises_with_every_change_of_any_cluster()
    {
        var before = Combine(SnapshotSample.North(3, "north-a"), SnapshotSample.West(7, "west-a")).Snapshot.Version;

        Assert.True(Combine(SnapshotSample.North(4, "north-a"), SnapshotSample.West(7, "west-a")).Snapshot.Version > before);
        Assert.True(Combine(SnapshotSample.North(3, "north-a"), SnapshotSample.West(8, "west-a")).Snapshot.Version > before);
    }

    [Fact]
    public void A_name_that_two_clusters_have_is_the_lower_ones_wherever_they_are_combined()
    {
        var (north, west) = (SnapshotSample.North(3, "a", "north-b"), SnapshotSample.West(7, "a", "west-b"));
        foreach (var store in new[] { Combine(north, west), Combine(west, north, own: 1) })
        {
            Assert.Equal(["a", "north-b", "west-b"], Names(store));
            Assert.Equal((1, 0), (store.Snapshot.Peers[0].Ordinal, store.Homes[PeerId.Parse("a")]));
            Assert.Equal(
                "Peer 'a' is registered in cluster 0 and in cluster 1: the latter's is left out. Rename one of them.", Assert.Single(store.Clashes));

            // Both directories stay known: blocks name their ordinals.
            Assert.Contains(store.Snapshot.Ordinals, static o => o.Ordinal == 600);
            Assert.Equal(3, Topology.Prepare(store.Snapshot).Count);
        }
    }

    [Fact]
    public void An_ordinal_that_two_clusters_have_given_is_the_lower_ones()
    {
        var west = SnapshotSample.Of(7, 1, "west", "west-a", "west-b");
        var store = Combine(SnapshotSample.North(3, "north-a"), west);

        Assert.Equal(["north-a", "west-b"], Names(store));
        Assert.Equal([("north-a", 1), ("west-b", 2)], store.Snapshot.Ordinals.Select(static o => (o.Peer.Value, o.Ordinal)));
        Assert.StartsWith("Ordinal 1 was given to peer 'north-a' of cluster 0 and to peer 'west-a' of cluster 1", Assert.Single(store.Clashes));
        Assert.Equal(2, Topology.Prepare(store.Snapshot).Count);
    }

    [Fact]
    public void One_cluster_is_its_own_topology_and_has_no_homes()
    {
        var own = SnapshotSample.North(3, "north-a");
        var store = StoreTopology.Of(own);

        Assert.Same(own, store.Snapshot);
        Assert.Empty(store.Homes);
    }

    private static StoreTopology Combine(TopologySnapshot one, TopologySnapshot other, int own = 0) =>
        StoreTopology.Combine(one, [new ClusterSnapshot(own, one, []), new ClusterSnapshot(1 - own, other, [])]);

    private static IEnumerable<string> Names(StoreTopology store) => store.Snapshot.Peers.Select(static p => p.Id.Value);
}
