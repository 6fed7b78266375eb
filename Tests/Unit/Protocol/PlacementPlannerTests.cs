using AllData.Errors;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Copysets: the seed's examples and every rule of the specification, "Choosing the peers".</summary>
public sealed class PlacementPlannerTests
{
    private readonly Random _random = new(42);

    [Theory]
    [InlineData(3, 2, 1, 1, 2, 0, 0)] // the seed's first example: cut in tier order
    [InlineData(3, 1, 1, 1, 1, 1, 0)] // its second
    [InlineData(3, 0, 0, 1, 0, 0, 2)] // its third: filled from the same zone
    [InlineData(4, 1, 1, 1, 1, 1, 1)]
    [InlineData(1, 0, 0, 1, 0, 0, 0)]
    [InlineData(1, 3, 3, 1, 0, 0, 0)]
    [InlineData(2, 0, 5, 1, 0, 1, 0)]
    public void Replicas_are_divided_over_the_tiers_as_the_examples_say(
        int replicationFactor, int otherZones, int otherRegions, int local, int inOtherZones, int inOtherRegions, int inSameZone)
    {
        var topology = TestTopology.Plentiful();

        var copyset = Draw(topology, TestTopology.Policy(replicationFactor, otherZones, otherRegions));

        Assert.Equal([local, inOtherZones, inOtherRegions, inSameZone, 0], copyset.CountTiers());
        Assert.Equal("p1", copyset.Members[0].Peer.Value);
    }

    [Fact]
    public void Without_peers_in_other_zones_and_regions_the_same_zone_takes_all()
    {
        var copyset = Draw(TestTopology.Of("r/z", "r/z", "r/z", "r/z"), TestTopology.Policy(3, 1, 1));

        Assert.Equal([1, 0, 0, 2, 0], copyset.CountTiers());
    }

    [Fact]
    public void The_seed_cluster_puts_one_locally_one_in_the_other_zone_and_one_in_another_region()
    {
        for (var i = 0; i < 100; i++)
        {
            var copyset = Draw(TestTopology.Seed(), TestTopology.Policy(3, 1, 1));

            Assert.Equal(["p1", "p2"], copyset.Members[..2].Names());
            Assert.NotEqual("north", copyset.Members[2].Location.Region);
        }
    }

    [Fact]
    public void A_small_zone_is_always_used_before_a_second_peer_of_a_large_one()
    {
        var locations = Enumerable.Repeat("r/z1", 10).Prepend("r/z0").Append("r/z2").ToArray();
        var topology = TestTopology.Of(locations);
        for (var i = 0; i < 200; i++)
        {
            var copyset = Draw(topology, TestTopology.Policy(4, otherZones: 3));

            Assert.Contains("p12", copyset.Members.Names());
        }
    }

    [Fact]
    public void Regions_are_spread_before_a_second_peer_of_one_and_so_are_their_zones()
    {
        var topology = TestTopology.Of("r/a", "s/a", "s/a", "s/a", "s/b", "t/a");
        for (var i = 0; i < 200; i++)
        {
            var chosen = Draw(topology, TestTopology.Policy(4, otherRegions: 3)).Members.Skip(1).ToList();

            Assert.Equal(2, chosen.Select(member => member.Location.Region).Distinct().Count());
            Assert.Equal(["a", "b"], chosen.Where(member => member.Location.Region == "s").Select(member => member.Location.Zone).Order());
        }
    }

    [Fact]
    public void Equal_zone_names_in_two_regions_are_different_zones()
    {
        var topology = TestTopology.Of("r/z", "s/z");

        var copyset = Draw(topology, TestTopology.Policy(2, otherZones: 1));

        Assert.Equal(PlacementTier.Any, copyset.Members[1].Tier);
        Assert.Equal(2, topology.ActiveZones);
    }

    [Theory]
    [InlineData(PeerStatus.Draining, true)]
    [InlineData(PeerStatus.ReadOnly, true)]
    [InlineData(PeerStatus.Active, false)]
    public void A_local_peer_that_takes_no_replicas_is_skipped_and_the_others_make_up_the_count(PeerStatus status, bool stores)
    {
        var topology = TestTopology.Of([
            TestTopology.Peer(1, "r/a", status, stores), TestTopology.Peer(2, "r/a"),
            TestTopology.Peer(3, "r/b"), TestTopology.Peer(4, "s/c")]);

        var copyset = Draw(topology, TestTopology.Policy(3, 1, 1));

        Assert.Equal([0, 1, 1, 1, 0], copyset.CountTiers());
        Assert.DoesNotContain("p1", copyset.Members.Names());
    }

    [Fact]
    public void A_coordinator_that_is_not_registered_chooses_from_its_configured_location()
    {
        var stranger = new LocalPeer(PeerId.Parse("stranger"), new PeerLocation("west", "c"));

        var copyset = PlacementPlanner.Draw(TestTopology.Seed(), TestTopology.Policy(3, 1, 1), stranger, _random);

        Assert.Equal([0, 1, 1, 1, 0], copyset.CountTiers());
        Assert.Equal("p4", copyset.Members[0].Peer.Value);
        Assert.Equal("p3", copyset.Members[2].Peer.Value);
    }

    [Fact]
    public void The_registered_location_of_the_local_peer_wins_over_the_configured_one()
    {
        var moved = new LocalPeer(PeerId.Parse("p1"), new PeerLocation("west", "c"));

        var copyset = PlacementPlanner.Draw(TestTopology.Seed(), TestTopology.Policy(3, 2), moved, _random);

        Assert.Equal(["p1", "p2"], copyset.Members[..2].Names());
    }

    [Fact]
    public void Draining_and_read_only_peers_are_not_chosen()
    {
        var topology = TestTopology.Of([
            TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", PeerStatus.Draining), TestTopology.Peer(3, "r/b", PeerStatus.ReadOnly),
            TestTopology.Peer(4, "r/b", stores: false), TestTopology.Peer(5, "s/c")]);

        Assert.Equal(2, topology.ActivePeers);
        Assert.Equal(["p1", "p5"], Draw(topology, TestTopology.Policy(2, 1)).Members.Names());
    }

    [Fact]
    public void Still_missing_replicas_go_to_other_zones_first_and_then_to_other_regions()
    {
        var topology = TestTopology.Of("r/a", "r/b", "s/c", "s/c");

        var copyset = Draw(topology, TestTopology.Policy(3));

        Assert.Equal([1, 0, 0, 0, 2], copyset.CountTiers());
        Assert.Equal("p2", copyset.Members[1].Peer.Value);
    }

    [Fact]
    public void Fewer_registered_peers_than_replicas_are_refused_naming_both_numbers()
    {
        var error = Assert.Throws<NotEnoughPeersException>(() => Draw(
            TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b"), TestTopology.Peer(3, "r/c", stores: false)]),
            TestTopology.Policy(3)));

        Assert.Equal(3, error.ReplicationFactor);
        Assert.Equal(2, error.PeersKnown);
        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Contains("3 replicas", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 storing peers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_replication_is_allowed_by_policy_and_known_from_the_copyset()
    {
        var copyset = Draw(TestTopology.Of("r/a", "r/b"), TestTopology.Policy(3, allowUnderReplicated: true));

        Assert.Equal(2, copyset.Members.Length);
        Assert.Equal(3, copyset.Policy.ReplicationFactor);
    }

    [Theory]
    [InlineData(PeerStatus.Away)]
    [InlineData(PeerStatus.ReadOnly)]
    [InlineData(PeerStatus.Draining)]
    public void A_cluster_of_just_enough_peers_keeps_its_copysets_while_one_takes_no_replicas(PeerStatus status)
    {
        var topology = TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", status), TestTopology.Peer(3, "s/c")]);

        Assert.Equal(["p1", "p3", "p2"], Draw(topology, TestTopology.Policy(3, 1, 1)).Members.Names());
        Assert.Equal(["p1", "p3", "p2"], Draw(topology, TestTopology.Policy(4, 1, 1, allowUnderReplicated: true)).Members.Names());
    }

    [Fact]
    public void Too_few_active_peers_are_completed_with_away_then_read_only_then_draining_ones_spread_first()
    {
        var topology = TestTopology.Of([
            TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "s/c", PeerStatus.Draining), TestTopology.Peer(3, "s/d", PeerStatus.ReadOnly),
            TestTopology.Peer(4, "r/a", PeerStatus.Away), TestTopology.Peer(5, "r/b", PeerStatus.Away)]);

        Assert.Equal(["p1", "p5", "p4"], Draw(topology, TestTopology.Policy(3)).Members.Names());
        Assert.Equal(["p1", "p5", "p4", "p3", "p2"], Draw(topology, TestTopology.Policy(5)).Members.Names());
        Assert.Equal([1, 0, 0, 0, 4], Draw(topology, TestTopology.Policy(5)).CountTiers());
    }

    [Fact]
    public void Without_any_storing_peer_even_under_replication_is_refused() =>
        Assert.Throws<NotEnoughPeersException>(() => PlacementPlanner.Draw(
            TestTopology.Of([]), TestTopology.Policy(1, allowUnderReplicated: true),
            new LocalPeer(PeerId.Parse("p1"), new("r", "z")), _random));

    [Fact]
    public void The_copyset_has_the_ordinals_of_its_members_and_the_same_id_everywhere()
    {
        var topology = TestTopology.Of([TestTopology.Peer(77, "r/a"), TestTopology.Peer(5, "r/b")]);

        var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(2), TestTopology.At(topology, 77), _random);

        Assert.Equal([5, 77], copyset.Copyset.Ordinals.ToArray());
        Assert.Equal(new Copyset([77, 5]), copyset.Copyset);
    }

    [Fact]
    public void The_same_seed_draws_the_same_copyset()
    {
        var topology = TestTopology.Plentiful();
        var policy = TestTopology.Policy(5, 2, 2);
        var local = TestTopology.At(topology, 1);

        Assert.Equal(
            PlacementPlanner.Draw(topology, policy, local, new Random(3)).Members.Names(),
            PlacementPlanner.Draw(topology, policy, local, new Random(3)).Members.Names());
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(16, 0, 0)]
    [InlineData(3, -1, 0)]
    [InlineData(3, 0, -1)]
    public void A_policy_with_impossible_numbers_is_refused(int replicationFactor, int otherZones, int otherRegions) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TestTopology.Policy(replicationFactor, otherZones, otherRegions));

    [Fact]
    public void The_largest_copyset_can_be_drawn()
    {
        var copyset = Draw(TestTopology.Plentiful(), TestTopology.Policy(Copyset.MaxMembers, 6, 4));

        Assert.Equal([1, 6, 4, 4, 0], copyset.CountTiers());
        Assert.Equal(Copyset.MaxMembers, copyset.Members.Names().Distinct().Count());
    }

    private PlacedCopyset Draw(Topology topology, PlacementPolicy policy) =>
        PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, 1), _random);
}
