using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Simulation.Running;
using AllData.Storage;
using AllData.Storage.Engine;

namespace AllData.Simulation.Storage;

/// <summary>What a simulated store says of its blocks. Its answers are small, so that asking on and on is tried as well.</summary>
internal sealed partial class SimulatedStore
{
    private const int MaxJournal = 4;
    private const int MaxBlocksPerAnswer = 24;
    private const int MaxMinutesPerAnswer = 30;
    private const int MaxMinutesPerList = 7;

    private readonly Dictionary<BlockId, DamagedEntry> _damaged = [];

    // The real one, so small that it forgets.
    private readonly ChangeJournal _journal = new(MaxJournal);

    /// <inheritdoc/>
    public ImmutableArray<DamagedEntry> DamagedEntries => [.. _damaged.Values];

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) => Task.FromResult(_journal.Since(since));

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken)
    {
        if (range.Late is { } late)
        {
            return Task.FromResult(ListLate(late));
        }

        var buckets = ImmutableArray.CreateBuilder<BucketSum>();
        var minutes = 0;
        foreach (var (minute, shelf) in disk.Minutes)
        {
            if (minute < range.FromMinute)
            {
                continue;
            }

            if (minute >= range.ToMinute)
            {
                break;
            }

            if (buckets.Count >= range.MaxBuckets || ++minutes > MaxMinutesPerAnswer)
            {
                return Task.FromResult(new BucketPage(buckets.ToImmutable(), minute, []));
            }

            buckets.AddRange(shelf.Buckets);
        }

        return Task.FromResult(new BucketPage(buckets.ToImmutable(), range.ToMinute, []));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken)
    {
        var copysets = new SortedDictionary<CopysetId, CopysetDefinition>();
        foreach (var (minute, shelf) in disk.Minutes)
        {
            foreach (var copyset in minute >= fromMinute && minute < toMinute ? shelf.Copysets : [])
            {
                var known = copysets.GetValueOrDefault(copyset.Id)?.ReplicationFactor ?? 0;
                copysets[copyset.Id] = copyset with { ReplicationFactor = Math.Max(known, copyset.ReplicationFactor) };
            }
        }

        return Task.FromResult(copysets.Values.ToImmutableArray());
    }

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken)
    {
        // As if an interval ended there: the rest is asked for again.
        var minutes = Math.Min(Math.Max(1, range.Minutes), MaxMinutesPerList);
        var listed = disk.Minutes.Where(m => m.Key >= range.UnixMinute && m.Key < range.UnixMinute + minutes).SelectMany(static m => m.Value.Blocks.Values);
        var (page, next) = Page(listed, range.Copysets, range.After, Math.Min(range.MaxBlocks, MaxBlocksPerAnswer));
        var entries = new byte[page.Count * ListedBlock.BinaryLength];
        for (var i = 0; i < page.Count; i++)
        {
            var header = page[i].Block.Header;
            new ListedBlock(header.Id, header.BucketId, header.BlockDigest, header.EventCount, page[i].Bytes.Length)
                .WriteTo(entries.AsSpan(i * ListedBlock.BinaryLength));
        }

        return Task.FromResult(new BlockList(entries, next, minutes));
    }

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken)
    {
        var (blocks, covered) = (new MemoryStream(), 0);
        for (var offset = 0; offset < fetch.Ids.Length && covered < MaxBlocksPerAnswer; offset += BlockId.BinaryLength, covered++)
        {
            if (disk.Find(BlockId.ReadFrom(fetch.Ids.AsSpan(offset))) is { } held && IsReadable(held))
            {
                blocks.Write(held.Bytes);
            }
        }

        return Task.FromResult(new FetchedBlocks(blocks.ToArray(), covered));
    }

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken)
    {
        var inRange = disk.Minutes.Where(m => m.Key >= range.From.UnixMinute && m.Key <= range.To.UnixMinute)
            .SelectMany(static m => m.Value.Blocks.Values)
            .Where(b => b.Position.Last >= range.From && b.Position.First < range.To);
        var (page, next) = Page(inRange, range.Copysets, range.After, MaxBlocksPerAnswer);
        var intact = page.ToLookup(IsReadable);
        return Task.FromResult(new BlockPage(
            [.. intact[true].SelectMany(static b => b.Bytes)],
            [.. intact[false].Select(static b => new DamagedBlock(
                b.Block.Header.BucketId, b.Position.First, b.Position.Last, "Its digest does not match."))],
            next));
    }

    /// <inheritdoc/>
    public Task<string?> VerifyIntervalAsync(Interval interval, bool isComplete, CancellationToken cancellationToken)
    {
        var damaged = _damaged.Values.Count(d => interval.Contains(d.UnixMinute));
        return Task.FromResult(damaged == 0 ? null : $"{damaged} blocks are damaged");
    }

    /// <inheritdoc cref="IReplicaStore.LookUpAsync"/>
    public ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys) =>
        [.. keys.Select(k => new HeldKey(k, [.. disk.Under(k).Select(static held => held.Digest).Distinct()]))];

    /// <summary>Reads all that is held, and notes what is damaged.</summary>
    public void Scrub()
    {
        foreach (var held in disk.Blocks)
        {
            _ = IsReadable(held);
        }
    }

    private BucketPage ListLate(LateRange range) => setting.Bug == PlantedBug.StoreLateUnmarked
        ? new BucketPage([], UnixMinute.First, [])
        : LateListing.PageOf(
            range with { MaxBlocks = Math.Min(range.MaxBlocks, MaxBlocksPerAnswer) },
            [.. disk.Blocks.Select(static held => held.Block).Where(b => b.IsLateIn(range)).Select(static b => b.ToLate())],
            []);

    private static (List<HeldBlock> Page, BlockPosition? Next) Page(
        IEnumerable<HeldBlock> blocks, ImmutableArray<CopysetId> copysets, BlockPosition? after, int count)
    {
        var page = new List<HeldBlock>();
        foreach (var held in blocks)
        {
            if ((after is { } a && Compare(held.Position, a) <= 0) || (!copysets.IsEmpty && !copysets.Contains(held.Block.Header.BucketId)))
            {
                continue;
            }

            if (page.Count == count)
            {
                return (page, page[^1].Position);
            }

            page.Add(held);
        }

        return (page, null);
    }

    private static int Compare(BlockPosition a, BlockPosition b) => (a.First, a.Last, a.Number).CompareTo((b.First, b.Last, b.Number));

    private bool IsReadable(HeldBlock held)
    {
        if (!held.IsFlipped || held.IsIntact())
        {
            return true;
        }

        var header = held.Block.Header;
        if (_damaged.TryAdd(header.Id, new DamagedEntry(header.Id, header.BucketId, header.UnixMinute)))
        {
            setting.Trace.Note(TraceKind.Damaged, setting.Machine, "found", header.Id.Sequence);
        }

        return false;
    }
}
