using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replicas;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Tests.Unit.Repair;

/// <summary>A replica in memory that counts what it is asked, and fails where a test wants it to.</summary>
internal sealed class MemoryReplica : IRepairableReplica
{
    private readonly SortedDictionary<string, Block> _blocks = new(StringComparer.Ordinal);
    private readonly List<UnixMinute> _journal = [];
    private Guid _epoch = Guid.NewGuid();

    // As a store: a list is of one interval.
    private const long IntervalMinutes = 24 * 60;

    /// <summary>Blocks of an answer, at most.</summary>
    public int PageBlocks { get; set; } = 3;

    /// <summary>Blocks that cannot be read.</summary>
    public HashSet<BlockId> Damaged { get; } = [];

    /// <summary>Called before each answer with its name; throws where the replica is to fail.</summary>
    public Action<string> Before { get; set; } = static _ => { };

    /// <summary>Answers to blocks instead of storing them.</summary>
    public Func<Block, AppendReply?> OnComplete { get; set; } = static _ => null;

    /// <summary>What is still wrong with an interval when it is settled.</summary>
    public Func<Interval, bool, string?> OnSettle { get; set; } = static (_, _) => null;

    /// <summary>Bytes of blocks given to others.</summary>
    public long GivenBytes { get; private set; }

    /// <summary>Blocks named to others.</summary>
    public int ListedBlocks { get; private set; }

    /// <summary>Intervals settled, and whether everything had been compared.</summary>
    public List<(Interval Interval, bool IsComplete)> Settled { get; } = [];

    public IEnumerable<BlockId> Ids => _blocks.Values.Select(static b => b.Header.Id);

    public ImmutableArray<DamagedEntry> DamagedEntries =>
        [.. _blocks.Values.Where(b => Damaged.Contains(b.Header.Id)).Select(static b => new DamagedEntry(b.Header.Id, b.Header.BucketId,
            b.Header.UnixMinute))];

    public MemoryReplica Hold(params IEnumerable<Block> blocks)
    {
        foreach (var block in blocks)
        {
            _blocks[PlaceOf(block)] = block;
            _journal.Add(block.Header.UnixMinute);
        }

        return this;
    }

    /// <summary>Loses blocks, as a file that is set aside does: the journal begins again.</summary>
    public void Lose(params Block[] blocks)
    {
        foreach (var block in blocks)
        {
            _blocks.Remove(PlaceOf(block));
        }

        _epoch = Guid.NewGuid();
    }

    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken)
    {
        Before(nameof(GetChangesAsync));
        var next = new ChangeCursor(_epoch, _journal.Count);
        return Task.FromResult(since.Epoch == _epoch
            ? new BucketChanges(next, true, [.. _journal.Skip((int)since.Sequence).Distinct().Order()])
            : new BucketChanges(next, false, []));
    }

    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken)
    {
        Before(nameof(ReadBucketsAsync));
        var buckets = _blocks.Values.Select(static b => b.Header)
            .Where(h => h.UnixMinute >= range.FromMinute && h.UnixMinute < range.ToMinute)
            .GroupBy(static h => (h.UnixMinute, h.BucketId))
            .OrderBy(static g => g.Key)
            .Select(static g => new BucketSum(
                g.Key.BucketId, g.Key.UnixMinute, g.Count(), g.Sum(static h => (long)h.EventCount),
                g.Select(static h => h.EventDigestSum).Aggregate(static (a, b) => a + b)))
            .ToList();
        var coveredTo = buckets.Count <= range.MaxBuckets ? range.ToMinute : buckets[range.MaxBuckets - 1].UnixMinute.Next();
        return Task.FromResult(new BucketPage([.. buckets.Where(b => b.UnixMinute < coveredTo)], coveredTo, []));
    }

    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken)
    {
        Before(nameof(ReadCopysetsAsync));
        return Task.FromResult(_blocks.Values.Select(static b => b.Header).GroupBy(static h => h.BucketId)
            .Select(static g => new CopysetDefinition(g.Key, g.First().Copyset.Ordinals, g.Max(static h => h.ReplicationFactor))).ToImmutableArray());
    }

    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken)
    {
        Before(nameof(ListBlocksAsync));
        range = QuestionBounds.Clamp(range);
        var minutes = (int)Math.Clamp(range.Minutes, 1, IntervalMinutes - (range.UnixMinute.Value % IntervalMinutes));
        var (page, next) = Page(b => b.UnixMinute >= range.UnixMinute && b.UnixMinute < range.UnixMinute + minutes, range.Copysets, range.After);
        ListedBlocks += page.Count;
        var entries = new byte[page.Count * ListedBlock.BinaryLength];
        for (var i = 0; i < page.Count; i++)
        {
            var header = page[i].Header;
            new ListedBlock(header.Id, header.BucketId, header.BlockDigest, header.EventCount, page[i].Bytes.Bytes.Length)
                .WriteTo(entries.AsSpan(i * ListedBlock.BinaryLength));
        }

        return Task.FromResult(new BlockList(entries, next, minutes));
    }

    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken)
    {
        Before(nameof(FetchBlocksAsync));
        var ids = Enumerable.Range(0, fetch.Ids.Length / BlockId.BinaryLength).Select(i => BlockId.ReadFrom(fetch.Ids.AsSpan(i * BlockId.BinaryLength)))
            .Take(PageBlocks).ToList();
        var held = _blocks.Values.Where(b => b.Header.UnixMinute.Value / IntervalMinutes == fetch.UnixMinute.Value / IntervalMinutes)
            .ToLookup(static b => b.Header.Id);
        return Task.FromResult(new FetchedBlocks(Give(ids.SelectMany(id => held[id])), ids.Count));
    }

    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken)
    {
        Before(nameof(ReadPageAsync));
        range = QuestionBounds.Clamp(range);
        var (page, next) = Page(b => b.LastKey >= range.From && b.FirstKey < range.To, range.Copysets, range.After);
        var damaged = page.Where(b => Damaged.Contains(b.Header.Id))
            .Select(static b => new DamagedBlock(b.Header.BucketId, b.Header.FirstKey, b.Header.LastKey, "It is damaged."));
        return Task.FromResult(new BlockPage(Give(page), [.. damaged], next));
    }

    public Task<AppendReply> RestoreAsync(Block block)
    {
        Before(nameof(RestoreAsync));
        if (OnComplete(block) is { } reply)
        {
            return Task.FromResult(reply);
        }

        var isNew = !_blocks.ContainsKey(PlaceOf(block)) || Damaged.Remove(block.Header.Id);
        Hold(block);
        return Task.FromResult(isNew ? AppendReply.Stored : AppendReply.AlreadyStored);
    }

    public Task<string?> VerifyIntervalAsync(Interval interval, bool isComplete, CancellationToken cancellationToken)
    {
        Settled.Add((interval, isComplete));
        return Task.FromResult(OnSettle(interval, isComplete));
    }

    private static string PlaceOf(Block block) => $"{block.Header.FirstKey} {block.Header.LastKey} {block.Header.Id}";

    private byte[] Give(IEnumerable<Block> blocks)
    {
        byte[] bytes = [.. blocks.Where(b => !Damaged.Contains(b.Header.Id)).SelectMany(static b => b.Bytes.Bytes)];
        GivenBytes += bytes.Length;
        return bytes;
    }

    private (List<Block> Page, BlockPosition? Next) Page(Func<BlockHeader, bool> isMeant, ImmutableArray<CopysetId> copysets, BlockPosition? after)
    {
        var wanted = copysets.ToHashSet();
        var all = _blocks.Values.Where(b => isMeant(b.Header) && (wanted.Count == 0 || wanted.Contains(b.Header.BucketId))).ToList();
        var first = (int)(after?.Number ?? 0);
        var page = all.Skip(first).Take(PageBlocks).ToList();
        var next = first + page.Count;
        return (page, next < all.Count ? new BlockPosition(page[^1].Header.FirstKey, page[^1].Header.LastKey, next) : null);
    }
}
