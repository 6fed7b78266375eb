using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using static AllData.Remote.Conformance.BrokenPromiseException;

namespace AllData.Remote.Conformance;

/// <summary>What a client keeps whose peers can be compared with and fetched from.</summary>
internal sealed class RepairChecks(PeerClientSubject subject, SampleBlocks blocks)
{
    private const int MostPages = 10_000;

    private IReplica Replica => subject.Client.Connect(subject.Peer, subject.Address);

    public IEnumerable<(string Promise, Func<Task> Check)> All() =>
    [
        ("What changes is told", ChangesAsync),
        ("Buckets sum up what is stored", BucketsAsync),
        ("The copysets of what is stored are told", CopysetsAsync),
        ("Blocks are named, page by page", ListAsync),
        ("Blocks are fetched by their ids, as they were sent", FetchAsync),
        ("Blocks are walked over, page by page, as they were sent", WalkAsync),
        ("A call that is cancelled ends", CancelAsync),
    ];

    private async Task<Block> StoredAsync()
    {
        var block = blocks.Next();
        await Replica.AppendAsync(block.Bytes);
        return block;
    }

    private async Task ChangesAsync()
    {
        var before = await Replica.GetChangesAsync(default, CancellationToken.None);
        var block = await StoredAsync();
        var after = await Replica.GetChangesAsync(before.Next, CancellationToken.None);
        ThrowUnless(!after.IsComplete || after.Minutes.Contains(block.Header.UnixMinute), "the minute of a new block is not among what has changed.");
    }

    private async Task BucketsAsync()
    {
        var minute = (await StoredAsync()).Header.UnixMinute;
        var page = await Replica.ReadBucketsAsync(new BucketRange(minute, minute + 1, 1_000), CancellationToken.None);
        ThrowUnless(page.CoveredTo > minute, "the minute is not covered.");
        ThrowUnless(page.Buckets.Any(b => b.UnixMinute == minute && b.Copyset == SampleBlocks.Members.Id && b.Events > 0), "the bucket is missing.");
    }

    private async Task CopysetsAsync()
    {
        var minute = (await StoredAsync()).Header.UnixMinute;
        var copysets = await Replica.ReadCopysetsAsync(minute, minute + 1, CancellationToken.None);
        ThrowUnless(
            copysets.Any(static c => c.Id == SampleBlocks.Members.Id && c.Ordinals.SequenceEqual(SampleBlocks.Members.Ordinals)), "the copyset is missing.");
    }

    private async Task ListAsync()
    {
        Block[] stored = [await StoredAsync(), await StoredAsync(), await StoredAsync()];
        foreach (var minute in stored.Select(static b => b.Header.UnixMinute).Distinct())
        {
            var named = await ListAsync(minute);
            ThrowUnless(
                stored.Where(b => b.Header.UnixMinute == minute).All(b => named.Contains((b.Header.Id, b.Header.BlockDigest))),
                "a block is not named, or with another digest.");
        }
    }

    private async Task<HashSet<(BlockId, EventDigest)>> ListAsync(UnixMinute minute)
    {
        var named = new HashSet<(BlockId, EventDigest)>();
        BlockPosition? after = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var list = await Replica.ListBlocksAsync(new BlockListRange(minute, [SampleBlocks.Members.Id], after, 2, Minutes: 2), CancellationToken.None);
            ThrowUnless(list.Minutes is 1 or 2, $"two minutes were asked about, and the list says that it is of {list.Minutes}.");
            named.UnionWith(ListedBlock.ReadAll(list.Entries).Select(static b => (b.Id, b.Digest)));
            after = list.Next;
            if (after is null)
            {
                return named;
            }
        }

        throw new BrokenPromiseException("the list has no end.");
    }

    private async Task FetchAsync()
    {
        var block = await StoredAsync();
        var ids = new byte[BlockId.BinaryLength];
        block.Header.Id.WriteTo(ids);
        var fetched = await Replica.FetchBlocksAsync(new BlockFetch(block.Header.UnixMinute, ids, 1 << 20), CancellationToken.None);
        ThrowUnless(fetched.Covered == 1 && fetched.Blocks.AsSpan().SequenceEqual(block.Bytes.Bytes), "other bytes came back.");
    }

    private async Task WalkAsync()
    {
        Block[] stored = [await StoredAsync(), await StoredAsync()];
        var found = new HashSet<string>();
        BlockPosition? after = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var range = new BlockRange(stored[1].Header.FirstKey, stored[0].Header.LastKey.GetSuccessor(), [SampleBlocks.Members.Id], after, 1);
            var page = await Replica.ReadPageAsync(range, CancellationToken.None);
            for (var rest = page.Blocks.AsSpan(); !rest.IsEmpty; rest = rest[BlockCodec.LengthOf(rest)..])
            {
                found.Add(Convert.ToHexString(rest[..BlockCodec.LengthOf(rest)]));
            }

            after = page.Next;
            if (after is null)
            {
                ThrowUnless(stored.All(b => found.Contains(Convert.ToHexString(b.Bytes.Bytes))), "a block is missing, or has other bytes.");
                return;
            }
        }

        throw new BrokenPromiseException("the walk has no end.");
    }

    private async Task CancelAsync()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        try
        {
            // An answer that was there already is none the worse for it.
            await Replica.GetChangesAsync(default, cancelled.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
