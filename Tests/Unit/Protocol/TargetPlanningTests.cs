using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;
using static AllData.Protocol.Topologies.PeerAvailability;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Targets and spares: "When a replica fails" of the specification, as far as it is known beforehand.</summary>
public sealed class TargetPlanningTests
{
    private readonly Random _random = new(42);

    [Fact]
    public void While_all_members_are_available_they_are_the_targets()
    {
        var copyset = Draw(TestTopology.Seed(), TestTopology.Policy(3, 1, 1));

        var plan = Plan(copyset, TestAvailability.AllOf(copyset.Topology));

        Assert.Equal(copyset.Members, plan.Targets.Select(planned => planned.Target));
        Assert.All(plan.Targets, planned => Assert.Null(planned.Replaces));
    }

    [Fact]
    public void A_dead_member_is_replaced_at_once_and_what_is_meant_stays()
    {
        var copyset = Draw(TestTopology.Seed(), TestTopology.Policy(3, 1, 1));
        var meant = copyset.Members[2];

        var plan = Plan(copyset, TestAvailability.Where(copyset.Topology, (meant.Peer.Value, Dead)));

        Assert.Equal(meant, plan.Targets[2].Replaces);
        Assert.Equal(PlacementTier.OtherRegion, plan.Targets[2].Target.Tier);
        Assert.NotEqual(meant.Peer, plan.Targets[2].Target.Peer);
        Assert.True(copyset.Contains(meant.PeerIndex));
    }

    [Theory]
    [InlineData("p3", "p7", "p4")] // other zone: its own tier in an unused zone
    [InlineData("p3", "p4", "p7")] // its own zone is unused too, now that it failed
    [InlineData("p1", "p7", "p2")] // the local one: nobody else is local, the same zone comes nearest
    public void A_spare_comes_from_the_failed_ones_tier_and_an_unused_domain(string failed, string alsoDead, string expected)
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/b", "r/c", "s/y", "s/x", "r/b");
        var copyset = DrawUntil(topology, TestTopology.Policy(3, 1, 1), "p1", "p3", "p6");

        Assert.Equal(expected, SpareFor(copyset, TestAvailability.Where(topology, (failed, Dead), (alsoDead, Dead)), failed));
    }

    [Fact]
    public void A_spare_in_another_region_prefers_an_unused_region_then_an_unused_zone()
    {
        var topology = TestTopology.Of("r/a", "s/x", "s/x", "s/y", "t/z", "u/w");
        var copyset = DrawUntil(topology, TestTopology.Policy(3, 0, 2), "p1", "p2", "p5");

        Assert.Equal("p6", SpareFor(copyset, TestAvailability.Where(topology, ("p5", Dead)), "p5"));
        Assert.Equal("p4", SpareFor(copyset, TestAvailability.Where(topology, ("p5", Dead), ("p6", Dead)), "p5"));
        Assert.Equal("p3", SpareFor(copyset, TestAvailability.Where(topology, ("p5", Dead), ("p6", Dead), ("p4", Dead)), "p5"));
    }

    [Fact]
    public void When_its_own_tier_is_used_up_a_spare_comes_from_any_unused_domain_and_then_from_any()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/b", "s/x");
        var copyset = DrawUntil(topology, TestTopology.Policy(2, 1), "p1", "p3");

        Assert.Equal("p4", SpareFor(copyset, TestAvailability.Where(topology, ("p3", Dead)), "p3"));
        Assert.Equal("p2", SpareFor(copyset, TestAvailability.Where(topology, ("p3", Dead), ("p4", Dead)), "p3"));
    }

    [Fact]
    public void An_avoided_member_is_replaced_by_an_available_spare_only()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/b");
        var copyset = DrawUntil(topology, TestTopology.Policy(2, 1), "p1", "p2");

        Assert.Equal("p3", SpareFor(copyset, TestAvailability.Where(topology, ("p2", Avoided)), "p2"));

        var plan = Plan(copyset, TestAvailability.Where(topology, ("p2", Avoided), ("p3", Avoided)));
        Assert.Equal(["p1", "p2"], plan.Targets.Select(planned => planned.Target).Names());
    }

    [Fact]
    public void Avoided_spares_are_used_last_of_all_and_dead_ones_never()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/b", "s/x");
        var copyset = DrawUntil(topology, TestTopology.Policy(2, 1), "p1", "p2");

        Assert.Equal("p4", SpareFor(copyset, TestAvailability.Where(topology, ("p2", Dead), ("p3", Avoided)), "p2"));
        Assert.Equal("p3", SpareFor(copyset, TestAvailability.Where(topology, ("p2", Dead), ("p3", Avoided), ("p4", Dead)), "p2"));

        var plan = Plan(copyset, TestAvailability.Where(topology, ("p2", Dead), ("p3", Dead), ("p4", Dead)));
        Assert.Equal(["p1"], plan.Targets.Select(planned => planned.Target).Names());
        Assert.Equal(["p2"], plan.Unplaced.Names());
    }

    [Theory]
    [InlineData(PeerStatus.Away)]
    [InlineData(PeerStatus.ReadOnly)]
    [InlineData(PeerStatus.Draining)]
    public void A_member_that_takes_no_replicas_is_never_sent_the_block_however_well_it_answers(PeerStatus status)
    {
        var topology = TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", status), TestTopology.Peer(3, "s/c")]);

        var plan = Plan(Draw(topology, TestTopology.Policy(3, 1, 1)), TestAvailability.AllOf(topology));

        Assert.Equal(["p1", "p3"], plan.Targets.Select(planned => planned.Target).Names());
        Assert.Equal(["p2"], plan.Unplaced.Names());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_spare_is_found_without_a_look_at_thousands_of_dead_peers(int minRegions)
    {
        var topology = TestTopology.Of([.. Enumerable.Range(0, 10_000).Select(i => $"r{i % 4}/z{i / 4 % 25}")]);
        var availability = new CountingAvailability(topology, isDead: static peer => peer % 4 == 1);
        var copyset = Draw(topology, TestTopology.Policy(3, 1, 1));
        while (copyset.Members[2].Location.Region != "r1")
        {
            copyset = Draw(topology, TestTopology.Policy(3, 1, 1));
        }

        var requirement = CommitRequirement.Create(CommitLevel.Quorum, 3, minRegions: minRegions);
        var plan = PlacementPlanner.Plan(copyset, requirement, availability, _random);

        Assert.Equal(3, plan.Targets.Length);
        Assert.InRange(availability.Asked, 3, 30);
    }

    [Fact]
    public void The_only_available_spare_goes_to_the_dead_member_and_the_avoided_one_is_tried_itself()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/a", "r/a");
        var copyset = DrawUntil(topology, TestTopology.Policy(3), "p1", "p2", "p3");

        var plan = Plan(copyset, TestAvailability.Where(topology, ("p2", Avoided), ("p3", Dead)));

        Assert.Equal(["p1", "p2", "p4"], plan.Targets.Select(planned => planned.Target).Names());
    }

    [Fact]
    public void Missing_zones_are_reached_by_swapping_later_members_that_add_none()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/a", "r/b");
        var copyset = DrawUntil(topology, TestTopology.Policy(3), "p1", "p2", "p3");

        var plan = Plan(copyset, TestAvailability.AllOf(topology), minZones: 2);

        Assert.Equal(["p1", "p2", "p4"], plan.Targets.Select(planned => planned.Target).Names());
        Assert.Equal("p3", plan.Targets[2].Replaces?.Peer.Value);
    }

    [Fact]
    public void Missing_regions_are_reached_without_giving_up_zones()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/b", "s/x");
        var copyset = DrawUntil(topology, TestTopology.Policy(3, 1), "p1", "p3", "p2");

        var plan = Plan(copyset, TestAvailability.AllOf(topology), minZones: 3, minRegions: 2);

        Assert.Equal(["p1", "p3", "p4"], plan.Targets.Select(planned => planned.Target).Names());
    }

    [Fact]
    public void A_zone_where_the_events_are_held_already_is_not_missing()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/b", "r/c");
        var copyset = DrawUntil(topology, TestTopology.Policy(2), "p1", "p2");
        var requirement = CommitRequirement.Create(CommitLevel.One, 2, minZones: 2);

        var holder = topology.IndexOf(Peers.PeerId.Parse("p3"));
        var plan = PlacementPlanner.Plan(copyset, requirement, TestAvailability.AllOf(topology), _random, [holder]);

        Assert.Equal(["p1", "p2"], plan.Targets.Select(planned => planned.Target).Names());
    }

    [Fact]
    public void Plans_for_thousands_of_random_outages_keep_the_rules()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var topology = TestTopology.Random(random, maxPeers: 10);
            if (topology.ActivePeers == 0)
            {
                continue;
            }

            var policy = TestTopology.Policy(random.Next(1, 5), random.Next(0, 3), random.Next(0, 3), allowUnderReplicated: true);
            var copyset = PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, random.Next(1, topology.Count + 1)), random);
            var availability = TestAvailability.AllOf(topology);
            for (var peer = 0; peer < topology.Count; peer++)
            {
                availability[peer] = random.Next(3) == 0 ? (PeerAvailability)random.Next(3) : Available;
            }

            var demand = CommitRequirement.Create(
                CommitLevel.One, policy.ReplicationFactor,
                random.Next(1, policy.ReplicationFactor + 1), random.Next(1, policy.ReplicationFactor + 1));
            PlanRules.Check(PlacementPlanner.Plan(copyset, demand, availability, random), demand, availability);
        }
    }

    [Fact]
    public void A_spare_for_one_failed_member_is_always_of_the_best_rank_there_is()
    {
        var random = new Random(12);
        for (var i = 0; i < 20_000; i++)
        {
            var topology = TestTopology.Random(random, maxPeers: 12);
            var policy = TestTopology.Policy(random.Next(1, 5), random.Next(0, 3), random.Next(0, 3), allowUnderReplicated: true);
            if (topology.ActivePeers < policy.ReplicationFactor)
            {
                continue;
            }

            var copyset = PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, random.Next(1, topology.Count + 1)), random);
            var availability = TestAvailability.AllOf(topology);
            for (var peer = 0; peer < topology.Count; peer++)
            {
                availability[peer] = copyset.Contains(peer) ? Available : (PeerAvailability)random.Next(3);
            }

            var failed = random.Next(copyset.Members.Length);
            availability[copyset.Members[failed].PeerIndex] = Dead;
            var plan = Plan(copyset, availability);
            var spares = plan.Targets.Where(planned => planned.Replaces is not null).Select(planned => planned.Target);
            SpareRank.CheckBest(copyset, failed, availability, [.. spares]);
        }
    }

    private sealed class CountingAvailability(Topology topology, Func<int, bool> isDead) : IPeerAvailability
    {
        public int Asked { get; private set; }

        public AlivePeers Alive { get; } = new(topology, peer => !isDead(peer));

        public PeerAvailability Of(int peerIndex)
        {
            Asked++;
            return isDead(peerIndex) ? Dead : Available;
        }
    }

    private PlacementPlan Plan(PlacedCopyset copyset, TestAvailability availability, int minZones = 1, int minRegions = 1)
    {
        var requirement = CommitRequirement.Create(CommitLevel.One, copyset.Policy.ReplicationFactor, minZones, minRegions);
        return PlacementPlanner.Plan(copyset, requirement, availability, _random);
    }

    private string SpareFor(PlacedCopyset copyset, TestAvailability availability, string failed) =>
        Plan(copyset, availability).Targets.Single(planned => planned.Replaces?.Peer.Value == failed).Target.Peer.Value;

    private PlacedCopyset Draw(Topology topology, PlacementPolicy policy) =>
        PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, 1), _random);

    /// <summary>Draws until chance has chosen the members that the example needs.</summary>
    private PlacedCopyset DrawUntil(Topology topology, PlacementPolicy policy, params string[] members)
    {
        for (var i = 0; i < 10_000; i++)
        {
            var copyset = Draw(topology, policy);
            if (copyset.Members.Names().SequenceEqual(members))
            {
                return copyset;
            }
        }

        throw new InvalidOperationException($"{string.Join(",", members)} is never drawn: the example is wrong.");
    }
}
