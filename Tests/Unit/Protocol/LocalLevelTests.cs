using AllData.Errors;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Level LOCAL: the coordinator's own peer is among the durable copies.</summary>
public sealed class LocalLevelTests
{
    [Fact]
    public void The_answer_comes_with_the_own_peers_copy_and_not_before()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.Local).Stored("p2", "p3");
        Assert.Null(put.Acknowledged);

        put.Stored("p1");

        Assert.Equal(["p1", "p2", "p3"], put.Holders().Order());
    }

    [Fact]
    public void The_own_peer_alone_is_enough_and_the_others_follow_behind_the_answer()
    {
        var put = PutBench.Simple(3, 1, CommitLevel.Local).Stored("p1");

        Assert.Equal(["p1"], put.Holders());
        Assert.Equal(["p1", "p2", "p3"], put.Sent.Order());
    }

    [Fact]
    public void When_the_own_peer_fails_no_other_stands_in_for_it()
    {
        var put = PutBench.Simple(3, 2, CommitLevel.Local).Stored("p2").Failed("p1");

        var error = Assert.IsType<CommitLevelNotReachedException>(put.Error);
        Assert.Equal(WrittenState.SomeCopies, error.Written);
        Assert.Contains("this silo's own among them (Local)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_peer_that_takes_no_replicas_is_said_before_anything_is_sent()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/c");
        var seenFromElsewhere = new LocalPeer(Peers.PeerId.Parse("elsewhere"), new("r", "a"));
        var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(3, 2), seenFromElsewhere, new Random(1));
        var engine = new AllData.Protocol.Puts.PutEngine(
            copyset, CommitRequirement.Create(CommitLevel.Local, 3), TestAvailability.AllOf(topology), new Random(1), new ScriptedBudget());

        var failed = Assert.IsType<AllData.Protocol.Puts.FailPut>(Assert.Single(engine.Start()));

        Assert.Equal(WrittenState.Nothing, failed.Error.Written);
        Assert.Contains("This silo's own peer takes no replicas now", failed.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_peer_that_is_avoided_is_asked_all_the_same()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/c", "r/d");
        var availability = TestAvailability.Where(topology, ("p1", PeerAvailability.Avoided));
        var put = new PutBench(topology, TestTopology.Policy(3, 2), CommitRequirement.Create(CommitLevel.Local, 3), availability);

        Assert.Contains("p1", put.Sent);
    }
}
