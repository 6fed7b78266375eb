using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Minimum zones and regions of the policy: drawn, kept by targets and spares, and never a reason to refuse a put.</summary>
public sealed class SpreadTests
{
    private readonly Random _random = new(7);

    [Fact]
    public void A_copyset_lies_in_as_many_domains_as_the_policy_demands_wherever_there_are_peers()
    {
        for (var i = 0; i < 20_000; i++)
        {
            var topology = TestTopology.Random(_random, maxPeers: 12);
            var policy = RandomPolicy();
            if (policy.WhyNeverSpread() is not null || topology.ActivePeers < policy.ReplicationFactor)
            {
                continue;
            }

            var copyset = PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, _random.Next(1, topology.Count + 1)), _random);
            var active = Enumerable.Range(0, topology.Count).Where(p => Topology.IsActive(topology[p])).Select(p => topology[p].Location).ToList();
            var members = copyset.Members.Select(static m => m.Location).ToList();
            var what = $"{policy}, peers {string.Join(' ', active)}, members {string.Join(' ', copyset.Members)}";

            Assert.True(Regions(members) >= Math.Min(policy.Spread.Regions, Regions(active)), what);
            Assert.True(Zones(members) >= Math.Min(policy.Spread.Zones, Zones(active)), what);
            Assert.Equal(members.Count, copyset.Members.Select(static m => m.PeerIndex).Distinct().Count());
            Assert.Equal(Regions(members) >= policy.Spread.Regions && Zones(members) >= policy.Spread.Zones, copyset.IsSpread);
        }
    }

    [Fact]
    public void A_place_is_kept_for_another_region_that_the_tiers_would_have_cut()
    {
        var topology = TestTopology.Of("north/a", "north/b", "north/b", "west/c");

        Assert.Equal(["p1", "p4"], Draw(topology, TestTopology.Policy(2, 1, 1, spread: new SpreadDemand(1, 2))).Members.Names());
        Assert.Equal("north", Draw(topology, TestTopology.Policy(2, 1, 1)).Members[1].Location.Region);
    }

    [Fact]
    public void A_target_in_the_place_of_a_dead_one_keeps_the_regions_of_the_policy()
    {
        var topology = TestTopology.Of("north/a", "north/a", "west/c", "east/e");
        for (var i = 0; i < 100; i++)
        {
            var copyset = Draw(topology, TestTopology.Policy(2, 0, 1, spread: new SpreadDemand(1, 2)));
            var remote = copyset.Members[1].Peer.Value;
            var plan = PlacementPlanner.Plan(
                copyset, CommitRequirement.Create(CommitLevel.One, 2), TestAvailability.Where(topology, (remote, PeerAvailability.Dead)), _random);

            Assert.Equal(["p1", remote == "p3" ? "p4" : "p3"], plan.Targets.Select(static t => t.Target).Names());
        }
    }

    [Fact]
    public void The_region_of_the_policy_is_no_reason_to_wait_for_a_peer_that_is_avoided()
    {
        var topology = TestTopology.Of("north/a", "north/a", "west/c", "east/e");
        var copyset = Draw(topology, TestTopology.Policy(2, 0, 1, spread: new SpreadDemand(1, 2)));
        var plan = PlacementPlanner.Plan(
            copyset,
            CommitRequirement.Create(CommitLevel.One, 2),
            TestAvailability.Where(topology, ("p3", PeerAvailability.Avoided), ("p4", PeerAvailability.Avoided)),
            _random);

        Assert.Equal(["p1", "p2"], plan.Targets.Select(static t => t.Target).Names());
    }

    [Fact]
    public void A_spare_for_a_peer_that_fails_keeps_the_zones_of_the_policy()
    {
        // p1 a, p2 b, p3 and p4 in a again, p5 c: without the demand the failed one's own tier would do.
        var topology = TestTopology.Of("r/a", "r/b", "r/a", "r/a", "r/c");
        var put = new PutBench(topology, TestTopology.Policy(3, 1, 0, spread: new SpreadDemand(2, 1)), CommitRequirement.Create(CommitLevel.Quorum, 3));
        var member = put.Copyset.Members.Single(static m => m.Tier == PlacementTier.OtherZone).Peer.Value;

        put.Failed(member);

        Assert.Equal(member == "p2" ? "p5" : "p2", put.Sent[^1]);
    }

    [Fact]
    public void A_put_whose_copyset_is_not_spread_as_demanded_is_taken_and_its_receipt_says_so()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/a");
        var put = new PutBench(topology, TestTopology.Policy(3, 1, 1, spread: new SpreadDemand(2, 2)), CommitRequirement.Create(CommitLevel.All, 3));

        put.Stored("p1", "p2", "p3");

        Assert.Equal(Adherence.Relaxed, put.Acknowledged!.Adherence);
        Assert.False(put.Copyset.IsSpread);
    }

    [Theory]
    [InlineData(3, 1, 1, 3, 2, null)]
    [InlineData(3, 1, 1, 1, 1, null)]
    [InlineData(3, 0, 1, 3, 1, "3 zones are demanded, but only 1 replicas go to other zones and regions.")]
    [InlineData(3, 2, 0, 1, 2, "2 regions are demanded, but only 0 replicas go to other regions.")]
    [InlineData(2, 2, 2, 3, 1, "3 zones are demanded, but 2 replicas can lie in 1 to 2 zones.")]
    [InlineData(2, 2, 2, 0, 1, "0 zones are demanded, but 2 replicas can lie in 1 to 2 zones.")]
    public void A_policy_that_can_never_be_met_says_why(int factor, int otherZones, int otherRegions, int zones, int regions, string? why) =>
        Assert.Equal(why, TestTopology.Policy(factor, otherZones, otherRegions, spread: new SpreadDemand(zones, regions)).WhyNeverSpread());

    [Fact]
    public void A_successor_keeps_the_spread_before_it_is_near()
    {
        PeerLocation[] staying = [new("north", "a"), new("north", "b")];
        PeerLocation leaver = new("west", "c");
        PeerLocation[] best = [new("west", "c"), new("west", "d"), new("east", "e"), new("north", "x"), new("north", "a")];

        var ranks = best.Select(candidate => PlacementRules.RankSuccessor(staying, leaver, candidate)).ToList();

        Assert.Equal(ranks.OrderDescending(), ranks);
        Assert.Equal(ranks.Count, ranks.Distinct().Count());
    }

    private PlacedCopyset Draw(Topology topology, PlacementPolicy policy) =>
        PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, 1), _random);

    private PlacementPolicy RandomPolicy()
    {
        var factor = _random.Next(1, 6);
        return TestTopology.Policy(
            factor, _random.Next(0, 4), _random.Next(0, 4), spread: new SpreadDemand(_random.Next(1, factor + 1), _random.Next(1, factor + 1)));
    }

    private static int Regions(IEnumerable<PeerLocation> peers) => peers.Select(static p => p.Region).Distinct().Count();

    private static int Zones(IEnumerable<PeerLocation> peers) => peers.Distinct().Count();
}
