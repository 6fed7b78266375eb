using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>What a put means while a region is cut off.</summary>
public sealed class CutOffRegionTests
{
    private static readonly DateTimeOffset Since = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly CutOffRegions West = new([new CutOffRegion("west", Since)]);
    private static readonly RegionOutage Outage = new("west", Since);
    private static readonly string[] ThreeAndOne = ["north/a", "north/b", "north/c", "west/d"];

    [Fact]
    public void Another_peer_keeps_the_copy_and_the_receipt_is_relaxed_and_names_the_region_that_is_owed_it()
    {
        var put = Put(ThreeAndOne, CommitLevel.Quorum).Stored("p1", "p2");

        Assert.Equal(["p1", "p2", "p3"], put.Sent);
        Assert.Equal(Adherence.Relaxed, put.Acknowledged!.Adherence);
        Assert.Equal((1, 2), (put.Acknowledged.Regions!.Held, put.Acknowledged.Regions.Wanted));
        Assert.Equal([Outage], put.Acknowledged.Regions.Owed.AsEnumerable());
    }

    [Fact]
    public void A_copy_that_is_owed_is_kept_by_no_other_peer()
    {
        var put = Put(ThreeAndOne, CommitLevel.Quorum, owes: true).Stored("p1", "p2");

        Assert.Equal(["p1", "p2"], put.Sent);
        Assert.Equal((Adherence.UnderReplicated, true), (put.Acknowledged!.Adherence, put.Engine.IsComplete));
        Assert.Equal([Outage], put.Acknowledged.Regions!.Owed.AsEnumerable());
    }

    [Theory]
    [InlineData(CommitLevel.All, 1)] // as many copies as ever
    [InlineData(CommitLevel.Quorum, 3)] // the third zone is the spare's
    public void A_put_that_cannot_be_committed_without_gets_a_spare_for_what_is_owed(CommitLevel level, int minZones)
    {
        var put = Put(ThreeAndOne, level, owes: true, minZones: minZones);

        Assert.Equal(["p1", "p2", "p3"], put.Sent);
        Assert.Equal("p4", put.LastReplaced);
        Assert.Equal(Adherence.Relaxed, put.Stored("p1", "p2", "p3").Acknowledged!.Adherence);
    }

    [Fact]
    public void A_spare_for_what_is_owed_is_started_when_the_put_needs_it_later()
    {
        var put = Put(ThreeAndOne, CommitLevel.Quorum, owes: true).Refused("p2", AppendStatus.IntervalNotOpen);

        Assert.Equal(["p1", "p2", "p3"], put.Sent);
        Assert.Equal("p4", put.LastReplaced);
        Assert.Equal(["p1", "p3"], put.Stored("p1", "p3").Holders());
    }

    [Fact]
    public void The_spare_of_a_peer_that_fails_is_not_the_one_of_what_is_owed()
    {
        var put = Put(["north/a", "north/b", "north/c", "west/d", "north/e"], CommitLevel.Quorum, owes: true).Failed("p2").Stored("p1");

        Assert.Equal((3, "p2"), (put.Sent.Count, put.LastReplaced));
        Assert.NotNull(put.Stored(put.Sent[2]).Acknowledged);
        Assert.Equal(3, put.Sent.Count);
    }

    [Fact]
    public void Regions_that_cannot_be_reached_because_they_are_cut_off_are_said_before_anything_is_sent()
    {
        var put = Put(ThreeAndOne, CommitLevel.Quorum, minRegions: 2);

        var error = Assert.IsType<NotEnoughRegionsException>(put.Error);
        Assert.Empty(put.Sent);
        Assert.Equal((WrittenState.Nothing, 2, 1, 1, 3), (error.Written, error.MinRegions, error.ReachableRegions, error.MinZones, error.ReachableZones));
        Assert.Equal([Outage], error.CutOff.AsEnumerable());
        Assert.StartsWith("The put demands 2 regions, and 1 region can be reached: west (cut off since 2026-01-02T03:04:05Z).", error.Message,
            StringComparison.Ordinal);
        var ofEvent = (NotEnoughRegionsException)error.For(EventKey.Create(1, 1, 1));
        Assert.Equal((2, 1, 3, Outage), (ofEvent.MinRegions, ofEvent.ReachableRegions, ofEvent.ReachableZones, Assert.Single(ofEvent.CutOff)));
    }

    [Fact]
    public void So_are_zones()
    {
        var put = Put(["north/a", "north/b", "north/b", "west/d"], CommitLevel.Quorum, minZones: 3);

        var error = Assert.IsType<NotEnoughRegionsException>(put.Error);
        Assert.Equal((3, 2), (error.MinZones, error.ReachableZones));
        Assert.Contains("3 zones, and 2 zones can be reached", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_region_that_can_be_reached_is_enough() => Assert.Equal(
        ["p1", "p5"],
        Put(["north/a", "north/b", "north/c", "west/d", "east/e"], CommitLevel.Quorum, minRegions: 2).Stored("p1", "p5").Holders());

    [Fact]
    public void Regions_that_no_peer_is_registered_in_are_not_missing_because_of_a_link()
    {
        Assert.IsType<NotEnoughPeersException>(Put(ThreeAndOne, CommitLevel.Quorum, minRegions: 3).Error);
        Assert.IsType<NotEnoughPeersException>(Put(["north/a", "north/b", "north/c"], CommitLevel.Quorum, minRegions: 2).Error);
    }

    [Fact]
    public void Where_copies_of_an_earlier_attempt_exist_the_error_names_them()
    {
        var put = Put(ThreeAndOne, CommitLevel.Quorum, minRegions: 2, alreadyHeld: ["p1"]);

        Assert.Equal(WrittenState.SomeCopies, Assert.IsType<CommitLevelNotReachedException>(put.Error).Written);
    }

    [Fact]
    public void A_level_for_which_too_few_peers_can_be_reached_fails_as_ever_and_says_which_are_cut_off()
    {
        var put = Put(["north/a", "north/b", "west/d"], CommitLevel.All);

        var error = Assert.IsType<CommitLevelNotReachedException>(put.Error);
        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Equal("It was skipped: region 'west' is cut off.", Assert.Single(error.Failures).Reason);
    }

    [Fact]
    public void While_no_region_is_cut_off_a_receipt_counts_regions_and_one_of_a_store_of_one_cluster_says_nothing()
    {
        var all = CommitRequirement.Create(CommitLevel.All, 3);
        var topology = TestTopology.Of(ThreeAndOne);
        var of = new PutBench(topology, TestTopology.Policy(3, 1, 1), all, members: ["p1", "p2", "p4"], cutOff: CutOffRegions.Of([], hasOthers: true));
        var regions = of.Stored("p1", "p2", "p4").Acknowledged!.Regions!;
        Assert.Equal((2, 2, true), (regions.Held, regions.Wanted, regions.Owed.IsEmpty));
        Assert.Equal(Adherence.Strict, of.Acknowledged!.Adherence);

        var one = new PutBench(topology, TestTopology.Policy(3, 1, 1), all, members: ["p1", "p2", "p4"], cutOff: CutOffRegions.Of([], hasOthers: false));
        Assert.Null(one.Stored("p1", "p2", "p4").Acknowledged!.Regions);
    }

    [Fact]
    public void Of_an_event_that_is_there_already_the_copysets_that_hold_it_say_what_is_owed()
    {
        var topology = TestTopology.Of(ThreeAndOne);
        var (digest, requirement) = (EventDigest.Of([1]), CommitRequirement.Create(CommitLevel.One, 3));
        var held = new HeldKey(EventKey.Create(1, 1, 1), [digest]) { Copysets = [new CopysetDefinition(new(7), [1, 2, 4], 3)] };
        var holder = new ReplicaTarget(0, topology[0].Id, topology[0].Location, PlacementTier.Local);

        var (adherence, regions) = HeldAdherence.Of(topology, digest, [(holder, held)], requirement, West);
        Assert.Equal((Adherence.Relaxed, 1, 2), (adherence, regions!.Held, regions.Wanted));
        Assert.Equal([Outage], regions.Owed.AsEnumerable());
        Assert.Equal((Adherence.Strict, null), HeldAdherence.Of(topology, digest, [(holder, held)], requirement, cutOff: null));
    }

    private static PutBench Put(
        string[] locations, CommitLevel level, bool owes = false, int minZones = 1, int minRegions = 1, string[]? alreadyHeld = null)
    {
        var topology = TestTopology.Of(locations);
        var dead = topology.Snapshot.Peers.Where(static p => p.Location.Region == "west").Select(static p => (p.Id.Value, PeerAvailability.Dead));
        var members = topology.ActiveRegions == 1 ? null : new[] { "p1", "p2", locations.Length == 3 ? "p3" : "p4" };
        return new PutBench(
            topology,
            TestTopology.Policy(3, 1, 1) with { OwesCutOffRegions = owes },
            CommitRequirement.Create(level, 3, minZones, minRegions),
            TestAvailability.Where(topology, [.. dead]),
            members,
            alreadyHeld,
            West);
    }
}
