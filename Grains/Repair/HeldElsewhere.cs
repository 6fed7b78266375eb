using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>
/// Up to which minute a peer of another cluster holds what it is responsible for of this peer's blocks. Found in passing, from the buckets that repair compares
/// anyway; what is not certain counts as not held.
/// </summary>
internal sealed class HeldElsewhere(IRepairSource source, IRepairableReplica own)
{
    private readonly UnheldMinutes _unheld = new();
    private readonly FetchedBuckets _held = new();
    private readonly KnownCopysets _copysets = new();

    /// <summary>The earliest minute of which something may be missing there, or null. Valid once everything has been compared.</summary>
    public UnixMinute? EarliestUnheld => _unheld.Earliest;

    /// <summary>Something was stored here.</summary>
    /// <returns>Whether it can be remembered; if not, everything has to be compared again.</returns>
    public bool TryAddChanges(ImmutableArray<UnixMinute> minutes) => _unheld.TryAdd(minutes);

    /// <summary>Everything is compared again: who is responsible has changed, or the other may have lost something.</summary>
    public void Restart()
    {
        _unheld.Clear();
        _held.Clear();
        _copysets.Clear();
    }

    /// <summary>A range was compared.</summary>
    /// <param name="range">The range.</param>
    /// <param name="mine">This peer's buckets, read after the other's.</param>
    /// <param name="theirs">The other's buckets.</param>
    /// <param name="owes">Whether the other is responsible for the copies of a copyset's blocks.</param>
    /// <param name="stop">Ends it at the next answer.</param>
    public async Task OnComparedAsync(
        MinuteRange range, IReadOnlyCollection<BucketSum> mine, ImmutableArray<BucketSum> theirs, Func<CopysetDefinition, bool> owes, CancellationToken stop)
    {
        await LearnCopysetsAsync(range, mine, stop);
        var there = theirs.ToDictionary(static b => (b.Copyset, b.UnixMinute));
        var open = mine.Where(b => owes(_copysets[b.Copyset]) && there.GetValueOrDefault((b.Copyset, b.UnixMinute)) != b && !_held.Contains(b))
            .ToLookup(b => there.GetValueOrDefault((b.Copyset, b.UnixMinute)).Blocks >= b.Blocks);

        // Fewer blocks are not all of them; as many or more may be, beside others that this peer does not hold.
        var unheld = open[false].Concat(await FindUnheldAsync([.. open[true]], theirs, stop));
        _unheld.OnCompared(range, unheld.Select(static b => b.UnixMinute));
    }

    private async Task LearnCopysetsAsync(MinuteRange range, IReadOnlyCollection<BucketSum> mine, CancellationToken stop)
    {
        if (!_copysets.AreAllKnown(mine.Select(static b => b.Copyset)))
        {
            _copysets.Add(await own.ReadCopysetsAsync(range.FromMinute, range.ToMinute, stop));
        }
    }

    private async Task<List<BucketSum>> FindUnheldAsync(ImmutableArray<BucketSum> unclear, ImmutableArray<BucketSum> theirs, CancellationToken stop)
    {
        var unheld = new List<BucketSum>();
        foreach (var run in TransferPlan.Lists(unclear, theirs))
        {
            var there = await source.ListAllBlocksAsync(run.Minutes, run.Copysets, stop);
            var here = await own.ListAllBlocksAsync(run.Minutes, run.Copysets, stop);
            var missing = BucketComparison.Missing(BlocksOf(there), BlocksOf(here)).ToLookup(static b => b.Copyset, static b => b.Id);
            foreach (var bucket in run.Buckets)
            {
                if (missing.Contains(bucket.Copyset) && await HasAnyAsync(bucket, missing[bucket.Copyset], stop))
                {
                    unheld.Add(bucket);
                }
                else
                {
                    _held.Add(bucket);
                }
            }
        }

        return unheld;
    }

    // The list of a run does not say in which minute a block lies. A minute in which nothing is missing must not count as one in which something is: it would
    // be compared again only when something changes there, which may be never.
    private async Task<bool> HasAnyAsync(BucketSum bucket, IEnumerable<BlockId> blocks, CancellationToken stop)
    {
        var here = await own.ListAllBlocksAsync(new MinuteRange(bucket.UnixMinute, bucket.UnixMinute.Next()), [bucket.Copyset], stop);
        return BlocksOf(here).Select(static b => b.Id).Intersect(blocks).Any();
    }

    private static IEnumerable<ListedBlock> BlocksOf(IEnumerable<NamedBlocks> parts) => parts.SelectMany(static part => part.Blocks);
}
