using AllData.Protocol.Blocks;
using AllData.Replication;
using static AllData.Remote.Conformance.BrokenPromiseException;

namespace AllData.Remote.Conformance;

/// <summary>What every client keeps, whatever else its peers can be asked.</summary>
internal sealed class PutChecks(PeerClientSubject subject, SampleBlocks blocks)
{
    private const int AtOnce = 32;

    private IReplica Replica => subject.Client.Connect(subject.Peer, subject.Address);

    public IEnumerable<(string Promise, Func<Task> Check)> All() =>
    [
        ("A peer that takes replicas answers a ping", () => Replica.PingAsync()),
        ("A block is stored", StoreAsync),
        ("A block may be sent again", StoreAgainAsync),
        ("A block may be sent twice at once", StoreTwiceAtOnceAsync),
        ("Many blocks at once are all stored", StoreManyAsync),
        ("Telling of a topology throws nothing", TellAsync),
    ];

    private async Task StoreAsync()
    {
        var reply = await Replica.AppendAsync(blocks.Next().Bytes);
        ThrowUnless(IsStored(reply), $"the reply is {reply.Status}: {reply.Reason}");
    }

    private async Task StoreAgainAsync()
    {
        var block = blocks.Next();
        await Replica.AppendAsync(block.Bytes);
        var reply = await Replica.AppendAsync(block.Bytes);
        ThrowUnless(IsStored(reply), $"the second reply is {reply.Status}: {reply.Reason}");
        ThrowUnless(
            subject.Client.Capabilities == PeerCapabilities.PutOnly || reply.Status == AppendStatus.AlreadyStored,
            "the second reply does not say that the block was there already.");
    }

    private async Task StoreTwiceAtOnceAsync()
    {
        var block = blocks.Next();
        var replies = await Task.WhenAll(Replica.AppendAsync(block.Bytes), Replica.AppendAsync(block.Bytes));
        ThrowUnless(replies.All(IsStored), $"the replies are {replies[0].Status} and {replies[1].Status}.");
    }

    private async Task StoreManyAsync()
    {
        Block[] many = [.. Enumerable.Range(0, AtOnce).Select(_ => blocks.Next())];
        var replica = Replica;
        var replies = await Task.WhenAll(many.Select(block => replica.AppendAsync(block.Bytes)));
        ThrowUnless(replies.All(IsStored), $"of {AtOnce} replies {replies.Count(IsStored)} say stored.");
    }

    private Task TellAsync()
    {
        Replica.TellTopology(new Peers.TopologySnapshot
        {
            Version = 1,
            ClusterId = subject.Store,
            IntervalLength = TimeSpan.FromDays(1),
            Peers = [],
            Ordinals = [],
        });
        return Task.CompletedTask;
    }

    private static bool IsStored(AppendReply reply) => reply.Status is AppendStatus.Stored or AppendStatus.AlreadyStored;
}
