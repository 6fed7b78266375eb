using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Peers that only take events, in placement and in the count of copies.</summary>
public sealed class PutOnlyPeerTests
{
    private static readonly PeerDescriptor[] TwoAndAnOriginal =
        [TestTopology.Peer(1, "north/a"), TestTopology.Peer(2, "north/b"), PutOnly(3, "west/c")];

    [Fact]
    public void By_default_it_is_a_member_of_no_copyset()
    {
        var topology = TestTopology.Of([.. TwoAndAnOriginal, TestTopology.Peer(4, "east/e")]);
        for (var seed = 0; seed < 50; seed++)
        {
            var copyset = Draw(topology, 1, 3, seed);
            Assert.DoesNotContain("p3", copyset.Members.Names());
        }

        Assert.Equal((3, 3), (topology.ActivePeers, topology.StoringPeers));
    }

    [Fact]
    public void Where_it_may_be_used_it_is_a_member_like_any_other()
    {
        var topology = Using(TwoAndAnOriginal);
        var copyset = Draw(topology, 1, 3, seed: 1);

        Assert.Equal(["p1", "p2", "p3"], copyset.Members.Names().Order());
        Assert.Equal(["p1", "p2", "p3"], Targets(copyset, TestAvailability.AllOf(topology)));
        Assert.Equal(["p1", "p2"], Targets(copyset, TestAvailability.Where(topology, ("p3", PeerAvailability.Dead))));
    }

    [Fact]
    public void A_draining_one_takes_nothing()
    {
        var draining = PutOnly(3, "west/c") with { Status = PeerStatus.Draining };
        var topology = Using([TwoAndAnOriginal[0], TwoAndAnOriginal[1], draining, TestTopology.Peer(4, "east/e")]);
        Assert.Equal(["p1", "p2", "p4"], Draw(topology, 1, 3, seed: 1).Members.Names().Order());
    }

    [Fact]
    public void It_is_never_a_spare()
    {
        var topology = Using([.. TwoAndAnOriginal, PutOnly(4, "east/e")]);
        for (var seed = 0; seed < 50; seed++)
        {
            var copyset = Draw(topology, 1, 3, seed);
            var availability = TestAvailability.Where(topology, ("p2", PeerAvailability.Dead));
            Assert.All(Targets(copyset, availability, seed), peer => Assert.Contains(peer, copyset.Members.Names()));
        }
    }

    [Fact]
    public void A_copyset_has_a_member_that_can_be_read_even_if_the_coordinator_stores_nothing()
    {
        var topology = Using([
            TestTopology.Peer(1, "north/a", stores: false), PutOnly(2, "north/b"), PutOnly(3, "west/c"), PutOnly(4, "east/e"), PutOnly(5, "east/f"),
            TestTopology.Peer(6, "south/g"),
        ]);
        for (var seed = 0; seed < 50; seed++)
        {
            Assert.Contains(Draw(topology, 1, 2, seed).Members, m => !topology[m.PeerIndex].IsPutOnly);
        }
    }

    [Fact]
    public void It_keeps_its_place_in_a_copyset_so_that_no_other_peer_makes_its_copy()
    {
        var topology = TestTopology.Of([.. TwoAndAnOriginal, TestTopology.Peer(4, "east/e")]);
        Assert.Equal(
            ["p1", "p2", "p3"],
            new CopysetResolver(topology).MembersOf(new CopysetDefinition(new(7), [1, 2, 3], 3)).Select(i => topology[i].Id.Value).Order());
    }

    [Theory]
    [InlineData(new[] { 0, 2 }, Adherence.Strict)]
    [InlineData(new[] { 0, 5 }, Adherence.Relaxed)]
    [InlineData(new[] { 0 }, Adherence.UnderReplicated)]
    public void Its_copies_are_neither_seen_nor_missing(int[] holders, Adherence expected) =>
        Assert.Equal(expected, new CopyGroup(new(5), [0, 2, 4], 3, [.. holders], 1, 1) { Unverifiable = [4] }.Adherence);

    [Fact]
    public void A_bucket_that_all_hold_that_can_be_asked_is_one_group()
    {
        HeldCopies[] held = [Held(0), Held(2)];
        Assert.Null(CopyGrouping.OfAgreed([0, 2, 4], 3, held));
        var group = CopyGrouping.OfAgreed([0, 2, 4], 3, held, [4])!;
        Assert.Equal((Adherence.Strict, 1), (group.Adherence, group.Unverifiable.Length));
    }

    private static PeerDescriptor PutOnly(int ordinal, string location) =>
        TestTopology.Peer(ordinal, location, stores: false) with { Client = "alldata-http", Address = $"http://127.0.0.1:{ordinal}/" };

    private static Topology Using(IEnumerable<PeerDescriptor> peers) => Topology.Prepare(TestTopology.Of(peers).Snapshot, static _ => true);

    private static PlacedCopyset Draw(Topology topology, int at, int replicas, int seed) => PlacementPlanner.Draw(
        topology, TestTopology.Policy(replicas, otherZones: 1, otherRegions: 1), TestTopology.At(topology, at), new Random(seed));

    private static string[] Targets(PlacedCopyset copyset, IPeerAvailability availability, int seed = 1) =>
    [
        .. PlacementPlanner.Plan(copyset, CommitRequirement.Create(CommitLevel.Quorum, 3), availability, new Random(seed))
            .Targets.Select(static planned => planned.Target.Peer.Value).Order(),
    ];

    private static HeldCopies Held(int peer) => new(peer, new BucketSum(new(1), new(5), 7, 14, new EventDigest(7)));
}
