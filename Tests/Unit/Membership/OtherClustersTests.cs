using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Repair;
using AllData.Repair;
using AllData.Replication;
using AllData.Tests.Support;
using AllData.Tests.Unit.Links;

namespace AllData.Tests.Unit.Membership;

/// <summary>What a silo plans with where its store has several clusters.</summary>
public sealed class OtherClustersTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly LinkBench _bench;

    public OtherClustersTests() => _bench = new LinkBench(_folder.Path);

    public void Dispose()
    {
        _bench.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Nothing_is_planned_with_others_before_the_own_registry_has_said_a_word()
    {
        Assert.True(_bench.Topologies.Offer(West(7, "west-a")));
        Assert.Equal((0, 0), (_bench.Topologies.Current.Topology.Version, _bench.Topologies.Current.Topology.Count));

        _bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        Assert.Equal((10, 2), (_bench.Topologies.Current.Topology.Version, _bench.Topologies.Current.Topology.Count));
        Assert.Equal(1, _bench.Topologies.Homes[PeerId.Parse("west-a")]);
    }

    [Fact]
    public void A_cluster_does_not_go_back_and_the_own_one_keeps_its_word_for_itself()
    {
        _bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        Assert.True(_bench.Topologies.Offer(West(7, "west-a", "west-b")));
        Assert.False(_bench.Topologies.Offer(West(6, "west-a")));
        Assert.False(_bench.Topologies.Offer(West(7, "west-a", "west-b")));
        Assert.Equal((10, 3), (_bench.Topologies.Current.Topology.Version, _bench.Topologies.Current.Topology.Count));

        // What the registry of this cluster is told, and kept of it on disk.
        Assert.Equal((3, 3), (_bench.Topologies.Own.Version, _bench.Topologies.KnownVersion));
        Assert.Equal(["north-a"], _bench.Directory.LoadTopology()!.Peers.Select(static p => p.Id.Value));

        Assert.True(_bench.Topologies.Offer(West(8, "west-a")));
        _bench.Topologies.Offer(SnapshotSample.North(4, "north-a", "north-b"));
        Assert.Equal((12, 3), (_bench.Topologies.Current.Topology.Version, _bench.Topologies.Current.Topology.Count));
    }

    [Fact]
    public async Task Peers_that_lose_their_silo_are_counted_whatever_cluster_they_are_of()
    {
        _bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a", "west-b"), "west-a", "west-b"));
        Assert.Equal(0, _bench.Topologies.OnMembershipChanged());

        _bench.West.SetHosted([PeerId.Parse("west-a")]);
        Assert.Equal(1, _bench.Topologies.OnMembershipChanged());
    }

    [Fact]
    public void What_clusters_contradict_each_other_in_is_told_until_it_is_over()
    {
        _bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        _bench.Topologies.Offer(West(7, "north-a"));
        Assert.Contains("Peer 'north-a' is registered in cluster 0 and in cluster 1", Assert.Single(_bench.Topologies.Clashes));

        _bench.Topologies.Offer(West(8, "west-a"));
        Assert.Empty(_bench.Topologies.Clashes);
    }

    [Fact]
    public async Task No_copy_is_made_in_place_of_another_clusters_peers_before_that_cluster_has_said_which_it_has()
    {
        var copyset = new CopysetDefinition(new(7), [1, 600], 2);
        IEnumerable<string> Responsible() => _bench.Topologies.Current.Topology is var topology
            ? new CopysetResolver(topology).MembersOf(copyset).Select(i => topology[i].Id.Value)
            : [];
        _bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        var before = _bench.Topologies.Current.Topology;
        Assert.Equal(["north-a"], Responsible());

        // It has another ordinal: so 600 is gone, and what it was responsible for is another's.
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.Of(7, 601, "west", "west-b"), "west-b"));
        Assert.Equal(2, Responsible().Count());
        Assert.False(OwnershipInputs.IsSame(before, _bench.Topologies.Current.Topology));

        // What it said is on disk: it counts after a start, although the cluster does not answer.
        _bench.Dispose();
        using var again = new LinkBench(_folder.Path);
        again.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        Assert.True(again.Topologies.Current.Topology.IsUnheard(600));
        again.Intake.Recall();
        Assert.False(again.Topologies.Current.Topology.IsUnheard(600));
    }

    private static ClusterSnapshot West(long version, params string[] peers) => new(1, SnapshotSample.West(version, peers), []);
}
