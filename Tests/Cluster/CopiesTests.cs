using AllData.Batching;
using AllData.Client.Connection;
using AllData.Client.Copies;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>What <c>alldata explain</c> and <c>where</c> say of real replicas.</summary>
public sealed class CopiesTests
{
    private static readonly PeerSpec[] Four =
    [
        new("north-a", "north", "a"), new("north-b", "north", "b"), new("west-c", "west", "c"), new("east-e", "east", "e"),
    ];

    [Fact]
    public async Task The_copies_of_an_event_and_of_its_block_are_where_the_receipt_says()
    {
        await using var cluster = await AllDataCluster.StartAsync(Four);
        var receipt = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("1"), new PutOptions { Level = CommitLevel.All });
        var caller = new RetryingCaller(new RetryRule(new Random(1)), TimeProvider.System);

        var copies = await KeyCopies.AskAsync(cluster.Client, caller, receipt.Key, default);
        var one = Assert.Single(copies.Events);
        Assert.Equal((3, 3), (one.Copies, one.CopiesAsked));
        Assert.Equal(receipt.Replicas.Select(static r => r.Peer).Order(), one.In(CopyState.Held));
        Assert.Equal(3, one.States.Count);
        Assert.Empty(one.Elsewhere);

        var minute = UnixMinute.Of(receipt.Key);
        var matrix = await new BlockSurvey(cluster.Client, caller).AskAsync(minute, minute.Next(), 1_000, default);
        var block = Assert.Single(matrix.Blocks);
        Assert.Equal((minute, 1, 3), (block.Minute, block.Block.Events, block.CopiesAsked));
        Assert.Equal(one.States, block.States);
        Assert.False(block.IsIncomplete);
        Assert.Null(matrix.Next);
        Assert.Equal(["east-e", "north-a", "north-b", "west-c"], matrix.Peers.Select(static p => p.Value));
    }

    [Fact]
    public async Task A_holder_that_is_dead_is_unknown_and_not_missing()
    {
        await using var cluster = await AllDataCluster.StartAsync(Four);
        var receipt = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("1"), new PutOptions { Level = CommitLevel.All });
        var dead = receipt.Replicas.Select(static r => r.Peer).First(static peer => peer.Value != "north-a");
        await cluster.KillAsync(dead.Value);
        var caller = new RetryingCaller(new RetryRule(new Random(1)), TimeProvider.System);

        var copies = await Eventually.IsAsync(
            "the dead peer is silent", () => KeyCopies.AskAsync(cluster.Client, caller, receipt.Key, default),
            copies => copies.Silent.Any(silent => silent.Peer == dead), TimeSpan.FromMinutes(2));

        Assert.Equal(CopyState.Unknown, Assert.Single(copies.Events).States[dead]);
    }
}
