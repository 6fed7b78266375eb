using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Placement;
using AllData.Replication;
using static AllData.Protocol.Topologies.PeerAvailability;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Which error a put ends with, and what it says about the event.</summary>
public sealed class PutFailureTests
{
    private static readonly KeyConflict Conflict = new(EventKey.Create(1, 1, 1), EventDigest.Of([1]), EventDigest.Of([2]));

    [Fact]
    public void A_level_that_is_not_reached_names_holders_and_failures()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.Quorum).Stored("p1").Failed("p2", "p3");

        var error = Assert.IsType<CommitLevelNotReachedException>(put.Error);
        Assert.Equal(2, error.Needed);
        Assert.Equal(["p1"], error.Holders.Select(holder => holder.Peer.Value));
        Assert.Equal(["p2", "p3"], error.Failures.Select(failure => failure.Peer.Value));
        Assert.All(error.Failures, failure => Assert.Equal("It broke.", failure.Reason));
        Assert.Equal(WrittenState.SomeCopies, error.Written);
    }

    [Fact]
    public void Failed_peers_may_have_written()
    {
        var put = PutBench.Simple(1, 0, CommitLevel.One).Failed("p1");

        Assert.Equal(WrittenState.Unknown, Assert.IsType<CommitLevelNotReachedException>(put.Error).Written);
    }

    [Fact]
    public void When_too_few_are_alive_nothing_is_sent_and_nothing_was_written()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/c");
        var put = new PutBench(topology, TestTopology.Policy(3, 2), CommitRequirement.Create(CommitLevel.Quorum, 3),
            TestAvailability.Where(topology, ("p2", Dead), ("p3", Dead)));

        Assert.Empty(put.Sent);
        Assert.True(put.Engine.IsComplete);
        var error = Assert.IsType<CommitLevelNotReachedException>(put.Error);
        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Equal(WrittenState.Nothing, error.For(EventKey.Create(1, 1, 1)).Written);
        Assert.Equal(["p2", "p3"], error.Failures.Select(failure => failure.Peer.Value).Order());
        Assert.Contains("1 peer in 1 zone and 1 region can take a replica now, so none was sent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Zones_or_regions_that_are_not_registered_are_not_enough_peers()
    {
        var requirement = CommitRequirement.Create(CommitLevel.One, 3, minZones: 3);
        var put = new PutBench(TestTopology.Of("r/a", "r/a", "r/b"), TestTopology.Policy(3), requirement);

        var error = Assert.IsType<NotEnoughPeersException>(put.Error);
        Assert.Empty(put.Sent);
        Assert.Contains("3 zones", error.Message, StringComparison.Ordinal);
        Assert.Contains("in 2 zones", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_under_replicated_copyset_smaller_than_the_level_needs_is_refused()
    {
        var requirement = CommitRequirement.Create(CommitLevel.Quorum, 3);
        var put = new PutBench(TestTopology.Of("r/a"), TestTopology.Policy(3, allowUnderReplicated: true), requirement);

        Assert.Empty(put.Sent);
        var error = Assert.IsType<NotEnoughPeersException>(put.Error);
        Assert.Equal((3, 1), (error.ReplicationFactor, error.PeersKnown));
    }

    [Fact]
    public void When_all_push_back_the_caller_is_told_when_to_try_again()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.One)
            .Overloaded("p1", retryAfter: 1).Overloaded("p2", retryAfter: 3).Overloaded("p3", retryAfter: 2);

        var error = Assert.IsType<OverloadedException>(put.Error);
        Assert.Equal(TimeSpan.FromSeconds(3), error.RetryAfter);
        Assert.Equal(WrittenState.Nothing, error.Written);
    }

    [Fact]
    public void Pushing_back_is_no_excuse_for_a_copy_that_exists()
    {
        var put = PutBench.Simple(2, 0, CommitLevel.All).Stored("p1").Overloaded("p2");

        Assert.IsType<CommitLevelNotReachedException>(put.Error);
        Assert.Equal(WrittenState.SomeCopies, put.Error.Written);
    }

    [Fact]
    public void A_conflict_among_the_answers_is_the_error()
    {
        var put = PutBench.Simple(2, 0, CommitLevel.All).Refused("p1", AppendStatus.IntervalNotOpen);
        Assert.IsType<InvalidKeyException>(put.Error);

        put = PutBench.Simple(3, 0, CommitLevel.Quorum)
            .Refused("p1", AppendStatus.IntervalNotOpen).Refused("p2", AppendStatus.Conflict, Conflict);
        Assert.Equal(Conflict, Assert.IsType<KeyConflictException>(put.Error).Conflict);
    }

    [Theory]
    [InlineData(AppendStatus.Invalid, typeof(InvalidEventException))]
    [InlineData(AppendStatus.IntervalNotOpen, typeof(InvalidKeyException))]
    public void A_final_refusal_is_said_by_its_own_error(AppendStatus status, Type expected)
    {
        var put = PutBench.Simple(1, 3, CommitLevel.One).Refused("p1", status);

        Assert.IsType(expected, put.Error);
        Assert.Equal(WrittenState.Nothing, put.Error.Written);
        Assert.Contains("No.", put.Error.Message, StringComparison.Ordinal);
        Assert.Single(put.Sent);
    }

    [Fact]
    public void A_refusal_after_a_copy_exists_does_not_claim_that_nothing_was_written()
    {
        var put = PutBench.Simple(2, 0, CommitLevel.All).Stored("p1").Refused("p2", AppendStatus.Invalid);

        Assert.Equal(WrittenState.SomeCopies, Assert.IsType<InvalidEventException>(put.Error).For(EventKey.Create(1, 1, 1)).Written);
    }

    [Fact]
    public void At_the_deadline_the_outcome_is_unknown_and_the_error_says_who_has_it_and_who_has_not_answered()
    {
        var put = PutBench.Simple(3, 0, CommitLevel.All).Stored("p1").Silent("p2").Deadline();

        var error = Assert.IsType<PutOutcomeUnknownException>(put.Error);
        Assert.Equal(["p1"], error.Holders.Select(holder => holder.Peer.Value));
        Assert.Equal(["p2", "p3"], error.Pending.Select(peer => peer.Value));
        Assert.Equal(WrittenState.Unknown, error.Written);
    }

    [Fact]
    public void After_the_deadline_a_put_does_not_succeed_any_more()
    {
        var put = PutBench.Simple(1, 0, CommitLevel.One).Deadline().Stored("p1");

        Assert.Null(put.Acknowledged);
        Assert.True(put.Engine.IsComplete);
    }
}
