using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class SuppliedKeyVerdictTests
{
    private static readonly EventKey Key = EventKey.Create(1, 1, 50_000);
    private static readonly EventDigest Same = EventDigest.Of([1]);
    private static readonly EventDigest Other = EventDigest.Of([2]);

    // Seen from p1.
    private static readonly PlacedCopyset Copyset = PlacementPlanner.Draw(
        TestTopology.Of("r/z1", "r/z2", "r/z3"), TestTopology.Policy(3, 2), TestTopology.At(TestTopology.Of("r/z1"), 1), new Random(1));

    [Fact]
    public void A_key_that_nobody_holds_is_new()
    {
        var verdict = Judge(("p1", []), ("p2", []));

        Assert.Null(verdict.Conflict);
        Assert.Empty(verdict.Holders);
    }

    [Fact]
    public void The_same_bytes_count_where_they_are_held()
    {
        var verdict = Judge(("p1", [Same]), ("p2", []), ("p3", [Same]));

        Assert.Equal(["p1", "p3"], verdict.Holders.Names());
        Assert.True(IsCommitted(CommitLevel.Quorum));
        Assert.False(IsCommitted(CommitLevel.All));
        Assert.True(IsCommitted(CommitLevel.Quorum, minZones: 2));
        Assert.False(IsCommitted(CommitLevel.Quorum, minRegions: 2));
        Assert.True(IsCommitted(CommitLevel.Local));
        Assert.False(Judge(("p2", [Same]), ("p3", [Same])).IsCommitted(CommitRequirement.Create(CommitLevel.Local, 3), Copyset));

        bool IsCommitted(CommitLevel level, int minZones = 1, int minRegions = 1) =>
            verdict.IsCommitted(CommitRequirement.Create(level, 3, minZones, minRegions), Copyset);
    }

    [Fact]
    public void Other_bytes_are_a_conflict_whoever_answers_first()
    {
        var expected = new KeyConflict(Key, Other, Same);

        Assert.Equal(expected, Judge(("p1", [Same]), ("p2", [Other])).Conflict);
        Assert.Equal(expected, Judge(("p2", [Other]), ("p1", [Same])).Conflict);
        Assert.Equal(expected, Judge(("p1", [Same, Other])).Conflict);
    }

    [Fact]
    public void Another_event_that_was_promised_the_key_is_a_conflict_though_nobody_holds_it_yet()
    {
        var verdict = SuppliedKeyVerdict.Of(
            new KeyDigest(Key, Same), [(TargetOf("p1", 0), new HeldKey(Key, [])), (TargetOf("p2", 1), new HeldKey(Key, [Same]) { Claimed = Other })]);

        Assert.Equal(new KeyConflict(Key, Other, Same), verdict.Conflict);
    }

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, true)]
    [InlineData(2, 2, false)]
    [InlineData(3, 1, true)]
    [InlineData(3, 2, false)]
    [InlineData(4, 2, true)]
    [InlineData(5, 3, false)]
    public void A_look_up_is_conclusive_while_fewer_peers_are_silent_than_hold_what_was_acknowledged_at_QUORUM(int replicas, int silent, bool isConclusive) =>
        Assert.Equal(isConclusive, SuppliedKeyVerdict.IsConclusive(silent, replicas));

    private static ReplicaTarget TargetOf(string peer, int index) =>
        new(index, PeerId.Parse(peer), new PeerLocation("r", peer), PlacementTier.Any);

    private static SuppliedKeyVerdict Judge(params (string Peer, EventDigest[] Held)[] answers) => SuppliedKeyVerdict.Of(
        new KeyDigest(Key, Same),
        answers.Select(static answer => (
            TargetOf(answer.Peer, answer.Peer[1] - '1'),
            new HeldKey(Key, [.. answer.Held]))));
}
