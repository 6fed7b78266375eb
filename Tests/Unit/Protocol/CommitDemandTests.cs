using AllData.Errors;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>The level that is enough while regions are cut off.</summary>
public sealed class CommitDemandTests
{
    private static readonly Topology Peers = TestTopology.Of("north/a", "north/b", "north/c", "west/d");
    private static readonly CutOffRegions West = new([new CutOffRegion("west", DateTimeOffset.UnixEpoch)]);
    private static readonly CommitRequirement TwoRegions = CommitRequirement.Create(CommitLevel.Quorum, 3, minRegions: 2);

    [Theory]
    [InlineData(CommitLevel.Quorum, 1, 1, CommitLevel.Quorum)]
    [InlineData(CommitLevel.One, 1, 1, CommitLevel.Local)]
    [InlineData(CommitLevel.Quorum, 1, 1, CommitLevel.All)]
    public void One_that_asks_for_no_less_is_refused(CommitLevel first, int minZones, int minRegions, CommitLevel other)
    {
        var error = Assert.Throws<InvalidEventException>(
            () => CommitDemand.Create(CommitRequirement.Create(first, 3, minZones, minRegions), other));

        Assert.Contains("which is no less", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommitLevel.All, 1, 1, CommitLevel.Quorum)]
    [InlineData(CommitLevel.Quorum, 1, 2, CommitLevel.Quorum)]
    [InlineData(CommitLevel.Quorum, 2, 1, CommitLevel.Quorum)]
    [InlineData(CommitLevel.One, 1, 2, CommitLevel.All)]
    public void One_that_asks_for_less_in_some_way_is_taken(CommitLevel first, int minZones, int minRegions, CommitLevel other)
    {
        var demand = CommitDemand.Create(CommitRequirement.Create(first, 3, minZones, minRegions), other);

        Assert.Equal(CommitRequirement.Create(other, 3), demand.Else);
    }

    [Fact]
    public void A_level_that_is_none_is_refused() => Assert.Throws<InvalidEventException>(() => CommitDemand.Create(TwoRegions, (CommitLevel)9));

    [Fact]
    public void It_holds_only_where_the_first_cannot_be_met_because_regions_are_cut_off()
    {
        var demand = CommitDemand.Create(TwoRegions, CommitLevel.Quorum);
        var westIsDead = TestAvailability.Where(Peers, ("p4", PeerAvailability.Dead));

        Assert.Same(demand.Else, Choose(demand, westIsDead, West));
        Assert.Same(demand.First, Choose(demand, TestAvailability.AllOf(Peers), CutOffRegions.Of([], hasOthers: true)));

        // A peer that is dead is no region that is cut off: the put fails, and says so.
        Assert.Same(demand.First, Choose(demand, westIsDead, CutOffRegions.Of([], hasOthers: true)));
        Assert.Same(demand.First, Choose(demand, westIsDead, null));

        // The link is away, and would not help.
        var three = CommitDemand.Create(CommitRequirement.Create(CommitLevel.Quorum, 3, minRegions: 3), CommitLevel.Quorum);
        Assert.Same(three.First, Choose(three, westIsDead, West));

        // What an earlier attempt has left in the region counts.
        Assert.Same(demand.First, Choose(demand, westIsDead, West, held: 3));
    }

    [Fact]
    public void A_level_that_needs_the_peers_of_the_other_side_falls_back_too()
    {
        var topology = TestTopology.Of("north/a", "north/b", "west/d");
        var demand = CommitDemand.Create(CommitRequirement.Create(CommitLevel.All, 3), CommitLevel.Quorum);

        var chosen = Choose(demand, TestAvailability.Where(topology, ("p3", PeerAvailability.Dead)), West, topology: topology);

        Assert.Same(demand.Else, chosen);
        Assert.True(demand.HasFallenBack(chosen));
        Assert.False(demand.HasFallenBack(demand.First));
        Assert.Null(new CommitDemand(TwoRegions).HasFallenBack(TwoRegions));
    }

    private static CommitRequirement Choose(
        CommitDemand demand, TestAvailability availability, CutOffRegions? cutOff, int? held = null, Topology? topology = null)
    {
        var peers = topology ?? Peers;
        var copyset = PlacementPlanner.Draw(peers, TestTopology.Policy(3, 1, 1), TestTopology.At(peers, 1), new Random(1));
        return demand.Choose(copyset, availability, cutOff, held is { } holder ? [holder] : []);
    }
}
