using AllData.Errors;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;
using static AllData.Protocol.Topologies.PeerAvailability;

namespace AllData.Tests.Unit.Protocol;

/// <summary>"When it is committed" and "When a replica fails" of the specification, case by case.</summary>
public sealed class PutEngineTests
{
    [Theory]
    [InlineData(CommitLevel.One, 1)]
    [InlineData(CommitLevel.Quorum, 2)]
    [InlineData(CommitLevel.All, 3)]
    public void A_put_is_acknowledged_the_moment_its_level_is_reached(CommitLevel level, int needed)
    {
        var put = PutBench.Simple(3, 0, level);
        for (var i = 1; i < needed; i++)
        {
            Assert.Null(put.Stored($"p{i}").Acknowledged);
        }

        put.Stored($"p{needed}");

        Assert.Equal(needed, put.Holders().Length);
        Assert.Equal(Adherence.Strict, put.Acknowledged!.Adherence);
    }

    [Fact]
    public void The_block_is_sent_to_the_whole_copyset_at_once()
    {
        var put = PutBench.Simple(3, 2, CommitLevel.One);

        Assert.Equal(["p1", "p2", "p3"], put.Sent);
    }

    [Fact]
    public void A_second_answer_of_the_same_peer_counts_for_nothing()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.Quorum).Stored("p1", "p1", "p1");

        Assert.Null(put.Acknowledged);
        Assert.NotNull(put.Stored("p3").Acknowledged);
    }

    [Fact]
    public void An_answer_of_a_peer_that_was_not_asked_counts_for_nothing()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.One).Stored("p4");

        Assert.Null(put.Acknowledged);
    }

    [Fact]
    public void A_failed_replica_is_replaced_at_once_by_a_peer_not_tried_yet()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.All).Failed("p2");

        Assert.Equal(["p1", "p2", "p3", "p4"], put.Sent);
        Assert.Equal("p2", put.LastReplaced);
        put.Stored("p1", "p3", "p4");
        Assert.Equal(Adherence.Relaxed, put.Acknowledged!.Adherence);
    }

    [Fact]
    public void The_local_replica_is_a_replica_like_the_others()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.Quorum).Failed("p1");

        Assert.Equal("p4", put.Sent[^1]);
        Assert.Equal(Adherence.Strict, put.Stored("p2", "p3").Acknowledged!.Adherence);
    }

    [Fact]
    public void A_replacement_that_fails_is_replaced_in_turn()
    {
        var put = PutBench.Simple(1, 3, CommitLevel.One).Failed("p1");
        put.Failed(put.Sent[^1]).Failed(put.Sent[^1]).Stored(put.Sent[^1]);

        Assert.Equal(4, put.Sent.Distinct().Count());
        Assert.NotNull(put.Acknowledged);
    }

    [Fact]
    public void After_the_reply_work_goes_on_until_all_replicas_exist()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.One).Stored("p1").Failed("p2");

        Assert.Equal("p4", put.Sent[^1]);
        Assert.False(put.Engine.IsComplete);
        put.Stored("p3", "p4");
        Assert.True(put.Engine.IsComplete);
        Assert.Equal(3, put.Engine.CopiesStored);
    }

    [Fact]
    public void A_put_fails_when_it_can_no_longer_succeed_and_not_before()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.Quorum).Failed("p1").Failed("p2");
        Assert.Null(put.Error);

        put.Failed("p4");

        Assert.NotNull(put.Error);
    }

    [Fact]
    public void A_silent_peer_is_replaced_at_once_and_its_late_answer_counts()
    {
        var put = PutBench.Simple(2, 1, CommitLevel.All).Silent("p2");
        Assert.Equal("p3", put.Sent[^1]);

        put.Stored("p1", "p2");

        Assert.Equal(["p1", "p2"], put.Holders());
        Assert.Equal(Adherence.Strict, put.Acknowledged!.Adherence);
        Assert.False(put.Engine.IsComplete);
    }

    [Fact]
    public void A_late_failure_does_not_start_a_second_replacement()
    {
        var put = PutBench.Simple(2, 3, CommitLevel.All).Silent("p2").Failed("p2");

        Assert.Equal(3, put.Sent.Count);
    }

    [Fact]
    public void Without_spares_a_silent_peer_is_waited_for()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.All).Silent("p3").Stored("p1", "p2");
        Assert.Null(put.Error);

        Assert.NotNull(put.Stored("p3").Acknowledged);
    }

    [Fact]
    public void A_silent_peer_that_fails_in_the_end_was_the_last_hope()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.All).Silent("p3").Stored("p1", "p2").Failed("p3");

        Assert.NotNull(put.Error);
    }

    [Fact]
    public void A_spare_that_comes_back_is_used_at_the_next_occasion()
    {
        var put = PutBench.Simple(2, 1, CommitLevel.All);
        put.Availability[put.IndexOf("p3")] = Dead;
        put.Silent("p2");
        Assert.Equal(["p1", "p2"], put.Sent);

        put.Availability[put.IndexOf("p3")] = Available;
        put.Stored("p1");

        Assert.Equal("p3", put.Sent[^1]);
    }

    [Theory]
    [InlineData(AppendStatus.IntervalNotOpen)]
    [InlineData(AppendStatus.Conflict)]
    [InlineData(AppendStatus.Invalid)]
    public void A_final_answer_is_never_moved_elsewhere(AppendStatus status)
    {
        var put = PutBench.Simple(3, 2, CommitLevel.Quorum).Refused("p3", status);
        Assert.Equal(3, put.Sent.Count);

        put.Stored("p1", "p2");

        Assert.NotNull(put.Acknowledged);
        Assert.True(put.Engine.IsComplete);
        Assert.Equal(3, put.Sent.Count);
    }

    [Fact]
    public void An_overloaded_peer_is_replaced_only_within_the_budget()
    {
        var put = PutBench.Simple(3, 2, CommitLevel.Quorum).Overloaded("p2", mayReplace: false);
        Assert.Equal(3, put.Sent.Count);

        put.Overloaded("p3", mayReplace: true);

        Assert.Equal(4, put.Sent.Count);
        Assert.Equal("p3", put.LastReplaced);
    }

    [Fact]
    public void Zones_asked_for_must_be_reached_by_the_replicas_that_count()
    {
        var topology = TestTopology.Of("r/a", "r/a", "r/b");
        var put = new PutBench(topology, TestTopology.Policy(3, 1), CommitRequirement.Create(CommitLevel.Quorum, 3, minZones: 2));

        Assert.Null(put.Stored("p1", "p2").Acknowledged);
        Assert.NotNull(put.Stored("p3").Acknowledged);
    }

    [Fact]
    public void A_level_of_one_in_two_zones_waits_for_two_replicas()
    {
        var topology = TestTopology.Of("r/a", "r/b", "s/c");
        var requirement = CommitRequirement.Create(CommitLevel.One, 3, minZones: 2, minRegions: 2);
        var put = new PutBench(topology, TestTopology.Policy(3, 1, 1), requirement);

        Assert.Null(put.Stored("p1", "p2").Acknowledged);
        Assert.NotNull(put.Stored("p3").Acknowledged);
    }

    [Theory]
    [InlineData(1, "p4")] // no demand: the available one, although it is in another tier
    [InlineData(2, "p5")] // without the avoided one in another region the put could not succeed
    public void A_replacement_aims_at_the_missing_domain_first(int minRegions, string expected)
    {
        var topology = TestTopology.Of("r/a", "r/b", "s/x", "r/c", "s/y");
        var requirement = CommitRequirement.Create(CommitLevel.Quorum, 3, minRegions: minRegions);
        var put = new PutBench(topology, TestTopology.Policy(3, 1, 1), requirement,
            TestAvailability.Where(topology, ("p5", Avoided)), members: ["p1", "p2", "p3"]);

        Assert.Equal(expected, put.Failed("p3").Sent[^1]);
    }

    [Fact]
    public void A_spare_in_a_missing_zone_is_used_even_when_the_copies_are_already_enough()
    {
        // p2 and p3 fall silent and are replaced in their zones; p2 then answers, so that three copies are in flight without p3's spare.
        var topology = TestTopology.Of("r/a", "r/b", "r/c", "r/b", "r/c", "r/c");
        var requirement = CommitRequirement.Create(CommitLevel.All, 3, minZones: 3);
        var put = new PutBench(topology, TestTopology.Policy(3, 2), requirement, members: ["p1", "p2", "p3"]);
        put.Silent("p2", "p3").Stored("p1", "p2");
        var spares = put.Sent.Skip(3).ToList();

        put.Failed(spares[1]);

        Assert.Equal("r/c", put.Topology[put.IndexOf(put.Sent[^1])].Location.ToString());
        Assert.Equal(6, put.Sent.Count);
        Assert.NotNull(put.Stored(put.Sent[^1]).Acknowledged);
    }

    [Theory]
    [InlineData(PeerStatus.Away)]
    [InlineData(PeerStatus.ReadOnly)]
    [InlineData(PeerStatus.Draining)]
    public void In_a_cluster_of_just_enough_peers_one_that_takes_no_replicas_stops_no_quorum_put(PeerStatus status)
    {
        var topology = TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", status), TestTopology.Peer(3, "s/c")]);

        var put = new PutBench(topology, TestTopology.Policy(3, 1, 1), CommitRequirement.Create(CommitLevel.Quorum, 3)).Stored("p1", "p3");

        Assert.Equal(["p1", "p3"], put.Holders());
        Assert.Equal(Adherence.UnderReplicated, put.Acknowledged!.Adherence);
        Assert.DoesNotContain("p2", put.Sent);
        Assert.Equal([1, 2, 3], put.Copyset.Copyset.Ordinals.ToArray());
    }

    [Fact]
    public void A_level_that_peers_which_take_no_replicas_would_be_needed_for_is_refused_before_anything_is_written()
    {
        var topology = TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", PeerStatus.ReadOnly), TestTopology.Peer(3, "s/c")]);

        var put = new PutBench(topology, TestTopology.Policy(3, 1, 1), CommitRequirement.Create(CommitLevel.All, 3));

        Assert.Equal(WrittenState.Nothing, Assert.IsType<NotEnoughPeersException>(put.Error).Written);
        Assert.Empty(put.Sent);
    }

    [Fact]
    public void A_receipt_says_under_replicated_when_a_dead_member_has_no_spare()
    {
        var topology = TestTopology.Of("r/a", "r/b", "s/c");

        var put = new PutBench(
            topology, TestTopology.Policy(3, 1, 1), CommitRequirement.Create(CommitLevel.Quorum, 3),
            TestAvailability.Where(topology, ("p3", PeerAvailability.Dead))).Stored("p1", "p2");

        Assert.Equal(Adherence.UnderReplicated, put.Acknowledged!.Adherence);
    }

    [Fact]
    public void Holders_of_an_earlier_block_count_from_the_start_and_the_block_goes_to_all_members()
    {
        var put = new PutBench(TestTopology.Of("r/a", "r/b", "r/c"), TestTopology.Policy(2, 1),
            CommitRequirement.Create(CommitLevel.Quorum, 2), members: ["p1", "p2"], alreadyHeld: ["p1"]);
        Assert.Equal(["p1", "p2"], put.Sent);

        Assert.Null(put.Stored("p1").Acknowledged);
        Assert.Equal(["p1", "p2"], put.Stored("p2").Holders());
    }

    [Fact]
    public void A_holder_of_an_earlier_block_outside_the_copyset_makes_it_relaxed()
    {
        var put = new PutBench(TestTopology.Of("r/a", "r/b", "r/c"), TestTopology.Policy(2, 1),
            CommitRequirement.Create(CommitLevel.Quorum, 2), members: ["p1", "p2"], alreadyHeld: ["p3", "p3"]);

        put.Stored("p2");

        Assert.Equal(["p3", "p2"], put.Holders());
        Assert.Equal(Adherence.Relaxed, put.Acknowledged!.Adherence);
    }

    [Fact]
    public void An_under_replicated_copyset_says_so()
    {
        var put = new PutBench(TestTopology.Of("r/a", "r/b"), TestTopology.Policy(3, 1, allowUnderReplicated: true),
            CommitRequirement.Create(CommitLevel.Quorum, 3));

        Assert.Equal(Adherence.UnderReplicated, put.Stored("p1", "p2").Acknowledged!.Adherence);
        Assert.True(put.Engine.IsComplete);
    }

    [Fact]
    public void The_deadline_does_not_end_the_work_behind_an_acknowledged_put()
    {
        var put = PutBench.Simple(3, 2, CommitLevel.One).Stored("p1").Deadline().Failed("p2");

        Assert.Equal(4, put.Sent.Count);
        Assert.Null(put.Error);
    }

    [Fact]
    public void After_the_deadline_of_an_unanswered_put_nothing_new_is_started()
    {
        var put = PutBench.Simple(3, 2, CommitLevel.Quorum).Stored("p1").Deadline().Failed("p2").Silent("p3");

        Assert.IsType<PutOutcomeUnknownException>(put.Error);
        Assert.Equal(3, put.Sent.Count);
        Assert.True(put.Stored("p3").Engine.IsComplete);
    }

    [Fact]
    public void The_acknowledgement_names_the_peers_that_are_still_at_work()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.One).Stored("p2");

        Assert.Equal(["p1", "p3"], put.Acknowledged!.Pending.Select(replica => replica.Peer.Value).Order());
    }

    [Fact]
    public void After_a_failure_nothing_new_is_started_and_late_answers_change_nothing()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.All).Failed("p1");
        Assert.NotNull(put.Error);

        put.Availability[put.IndexOf("p1")] = Available;
        put.Stored("p2", "p3").Deadline();

        Assert.Equal(3, put.Sent.Count);
        Assert.Null(put.Acknowledged);
        Assert.True(put.Engine.IsComplete);
    }

    [Fact]
    public void A_deadline_that_is_over_before_the_start_sends_nothing()
    {
        var topology = TestTopology.Of("r/a");
        var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(1), TestTopology.At(topology, 1), new Random(1));
        var engine = new PutEngine(
            copyset, CommitRequirement.Create(CommitLevel.One, 1), TestAvailability.AllOf(topology), new Random(1), new ScriptedBudget());

        Assert.IsType<FailPut>(Assert.Single(engine.OnDeadline()));
        Assert.Empty(engine.Start());
        Assert.True(engine.IsComplete);
    }

    [Fact]
    public void A_put_is_started_once()
    {
        var put = PutBench.Simple(1, 0, CommitLevel.One);

        Assert.Throws<InvalidOperationException>(() => put.Engine.Start());
    }

    [Fact]
    public void A_peer_that_pushes_back_holds_the_callers_only_while_the_put_is_unanswered()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/c");
        var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(3, 2), TestTopology.At(topology, 1), new Random(1));
        var engine = new PutEngine(
            copyset, CommitRequirement.Create(CommitLevel.One, 3), TestAvailability.AllOf(topology), new Random(1), new ScriptedBudget());
        engine.Start();

        Assert.Contains(new HoldPuts(TimeSpan.FromSeconds(2)), engine.OnOverloaded(0, TimeSpan.FromSeconds(2)));
        Assert.IsType<AcknowledgePut>(Assert.Single(engine.OnStored(1)));
        Assert.Empty(engine.OnOverloaded(2, TimeSpan.FromSeconds(2)));
    }
}
