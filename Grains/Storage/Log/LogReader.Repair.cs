using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

// What other peers read for their repair.
internal sealed partial class LogReader
{
    private const int MaxPlacesPerList = 16_384;

    /// <inheritdoc/>
    /// <remarks>Those that cannot be read are noted with their interval: its verification rewrites them.</remarks>
    public CopysetReading ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute) => new(
        CopysetText.Merge(catalog.Entries.Keys.Where(i => i.EndMinute > fromMinute && i.FirstMinute < toMinute)
            .SelectMany(interval => ReadCopysets(interval, fromMinute, toMinute)).ToList()),
        Unreadable: []);

    /// <inheritdoc/>
    public BlockList List(BlockListRange range)
    {
        var interval = Interval.Containing(range.UnixMinute, _intervalLength);
        var within = range.Within(interval);
        return catalog.Find(interval) is { HasFile: true } ? intervals.Use(interval, held => List(held, within)) : new BlockList([], null, within.Minutes);
    }

    /// <inheritdoc/>
    public FetchedBlocks Fetch(BlockFetch fetch)
    {
        var ids = fetch.Ids.Length / BlockId.BinaryLength;
        var interval = Interval.Containing(fetch.UnixMinute, _intervalLength);
        if (catalog.Find(interval) is not { HasFile: true })
        {
            return new FetchedBlocks([], ids);
        }

        using var page = new BlockPageBuilder(fetch.MaxBytes);
        var covered = intervals.Use(interval, held =>
        {
            var i = 0;
            while (i < ids && Fetch(held, BlockId.ReadFrom(fetch.Ids.AsSpan(i * BlockId.BinaryLength)), page))
            {
                i++;
            }

            return i;
        });
        return new FetchedBlocks(page.ToBlocks(), covered);
    }

    private static BlockList List(HeldBlocks held, BlockListRange range)
    {
        var entries = new BlockListBuilder(range);
        var (places, count, passed) = (new List<(int Number, BlockEntry Entry)>(PlacesAtOnce), 0, range.After);
        do
        {
            places.Clear();
            held.Index.Walk(range.UnixMinute.GetFirstKey(), range.GetEndKey(), passed, topic: null, places);
            foreach (var (number, entry) in places)
            {
                passed = new BlockPosition(entry.First, entry.Last, number);
                entries.Add(new ListedBlock(entry.Id, entry.Bucket, entry.Digest, entry.Events, entry.Length));
                count++;
                if (entries.IsFull)
                {
                    return entries.Build(passed);
                }
            }
        }
        while (places.Count == PlacesAtOnce && count < MaxPlacesPerList);
        return entries.Build(count >= MaxPlacesPerList ? passed : null);
    }

    // False when the page is full without it.
    private bool Fetch(HeldBlocks held, BlockId id, BlockPageBuilder page)
    {
        var (number, entry) = held.Index.Find(id);
        if (number == 0)
        {
            return true;
        }

        if (page.IsFullFor(entry.Length))
        {
            return false;
        }

        if (page.Add(Bytes(held, entry)) is { } reason)
        {
            _diagnostics.OnDamagedBlock(held.NameOf(number, entry), reason, entry.Damaged);
        }

        return true;
    }

    private List<CopysetDefinition> ReadCopysets(Interval interval, UnixMinute fromMinute, UnixMinute toMinute)
    {
        var copysets = new List<CopysetDefinition>();
        foreach (var (id, members) in UseUnlessLost(interval, held => held.Index.ReadCopysets(fromMinute, toMinute)) ?? [])
        {
            if (CopysetText.TryParse(id, members) is { } copyset)
            {
                copysets.Add(copyset);
            }
            else
            {
                catalog.OnFinding(interval, CopysetText.Fault(files.Intervals.PathOf(interval), id));
            }
        }

        return copysets;
    }
}
