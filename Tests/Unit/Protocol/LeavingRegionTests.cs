using AllData.Errors;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>What a put means while another cluster has dropped the coordinator's own, and a third one goes on with it.</summary>
public sealed class LeavingRegionTests
{
    private static readonly LeavingRegions North = new(["north"], new ClusterDrop("West says so.", 2));

    // West has dropped north, and is not asked any more; east goes on.
    private static readonly CutOffRegions WestLeft =
        CutOffRegions.Of([new CutOffRegion("west", DateTimeOffset.UnixEpoch, HasDropped: true)], hasOthers: true, North)!;

    private static readonly string[] All = ["north/a", "north/b", "west/c", "east/d"];

    [Theory]
    [InlineData(CommitLevel.Quorum, true)]
    [InlineData(CommitLevel.Quorum, false)]
    [InlineData(CommitLevel.One, true)]
    [InlineData(CommitLevel.Local, false)]
    public void It_is_acknowledged_with_a_copy_that_stays_and_nothing_is_owed_to_the_cluster_that_has_dropped_this_one(CommitLevel level, bool owes)
    {
        var put = Put(All, level, owes, members: ["p1", "p2", "p3"]);

        Assert.Equal(["p1", "p2", "p4"], put.Sent);
        Assert.Equal("p3", put.LastReplaced);
        Assert.Null(put.Stored("p1", "p2").Acknowledged);
        Assert.NotNull(put.Stored("p4").Acknowledged);
        Assert.Empty(put.Acknowledged!.Regions!.Owed);
    }

    [Fact]
    public void Members_that_all_leave_make_room_for_one_that_stays()
    {
        Assert.Equal(["p1", "p4"], Put(All, CommitLevel.Quorum, factor: 2, members: ["p1", "p2"]).Sent);
        Assert.Equal(["p4"], Put(All, CommitLevel.Local, factor: 1, members: ["p1"]).Sent);
    }

    [Fact]
    public void When_the_one_that_stays_fails_another_that_stays_takes_its_place()
    {
        var put = Put([.. All, "north/e", "east/f"], CommitLevel.Quorum, members: ["p1", "p2", "p4"]).Stored("p1", "p2").Failed("p4");

        Assert.Equal(["p1", "p2", "p4", "p6"], put.Sent);
        Assert.NotNull(put.Stored("p6").Acknowledged);
    }

    [Fact]
    public void When_both_regions_of_the_cluster_leave_a_copy_in_the_other_of_them_is_not_enough()
    {
        var both = CutOffRegions.Of([], hasOthers: true, new LeavingRegions(["north", "south"], North.Word));
        var put = Put(["north/a", "south/b", "east/d"], CommitLevel.Quorum, factor: 2, members: ["p1", "p2"], regions: both);

        Assert.Equal(["p1", "p3"], put.Sent);
    }

    [Fact]
    public void Where_no_peer_that_stays_can_take_a_copy_it_is_refused_before_anything_is_sent()
    {
        var put = Put(["north/a", "north/b", "north/e", "west/c"], CommitLevel.Quorum, members: ["p1", "p2", "p4"]);

        var error = Assert.IsType<ClusterDroppedException>(put.Error);
        Assert.Empty(put.Sent);
        Assert.Equal((WrittenState.Nothing, 2), (error.Written, error.DocumentVersion));
        Assert.StartsWith(
            "2 of 3 replicas, one of them outside north, which the store has dropped (Quorum) are needed", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("West says so.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_that_are_there_already_count_only_with_one_that_stays()
    {
        var topology = TestTopology.Of(All);
        var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(3, 1, 1), TestTopology.At(topology, 1), new Random(1));
        var requirement = CommitRequirement.Create(CommitLevel.Quorum, 3);
        var verdict = new SuppliedKeyVerdict(null, [copyset.TargetAt(0), copyset.TargetAt(1)]);

        Assert.True(verdict.IsCommitted(requirement.Outside(null), copyset));
        Assert.False(verdict.IsCommitted(requirement.Outside(North), copyset));
        Assert.True((verdict with { Holders = [.. verdict.Holders, copyset.TargetAt(3)] }).IsCommitted(requirement.Outside(North), copyset));
    }

    [Fact]
    public void A_put_that_was_planned_before_the_word_came_is_not_acknowledged_without_a_copy_that_stays()
    {
        var topology = TestTopology.Of(All);
        var before = new PutBench(topology, TestTopology.Policy(3, 1, 1), CommitRequirement.Create(CommitLevel.Quorum, 3), members: ["p1", "p2", "p4"]);
        var reply = before.Stored("p1", "p2").Acknowledged!;

        var error = LeftPut.ErrorOf(reply, North);
        Assert.Equal((WrittenState.SomeCopies, 2, "p4"), (error!.Written, error.Holders.Length, Assert.Single(error.Pending).Value));
        Assert.StartsWith("It is stored at p1, p2 alone, in north, which the store has dropped.", error.Message, StringComparison.Ordinal);
        Assert.Null(LeftPut.ErrorOf(reply, leaving: null));
        Assert.Null(LeftPut.ErrorOf(reply, new LeavingRegions(["south"], North.Word)));
    }

    private static PutBench Put(
        string[] locations, CommitLevel level, bool owes = false, int factor = 3, string[]? members = null, CutOffRegions? regions = null)
    {
        var topology = TestTopology.Of(locations);
        var dead = topology.Snapshot.Peers.Where(static p => p.Location.Region == "west").Select(static p => (p.Id.Value, PeerAvailability.Dead));
        return new PutBench(
            topology,
            TestTopology.Policy(factor, 1, 1) with { OwesCutOffRegions = owes },
            CommitRequirement.Create(level, factor).Outside((regions ?? WestLeft).Leaving),
            TestAvailability.Where(topology, [.. dead]),
            members,
            cutOff: regions ?? WestLeft);
    }
}
