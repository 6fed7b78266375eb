using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

// What other peers read for their repair.
internal sealed partial class SqliteReader
{
    /// <inheritdoc/>
    /// <remarks>Rows that cannot be read are noted with their interval: its verification rewrites them.</remarks>
    public CopysetReading ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute) => new(
        CopysetText.Merge(catalog.Entries.Keys.Where(i => i.EndMinute > fromMinute && i.FirstMinute < toMinute)
            .SelectMany(interval => ReadCopysets(interval, fromMinute, toMinute)).ToList()),
        Unreadable: []);

    /// <inheritdoc/>
    public BlockList List(BlockListRange range)
    {
        var interval = Interval.Containing(range.UnixMinute, _intervalLength);
        var within = range.Within(interval);
        return catalog.Find(interval) is { HasFile: true } ? Use(interval, reader => reader.List(within)) : new BlockList([], null, within.Minutes);
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
        var covered = Use(interval, reader =>
        {
            var i = 0;
            while (i < ids && reader.Fetch(fetch.Ids.AsSpan(i * BlockId.BinaryLength, BlockId.BinaryLength), page))
            {
                i++;
            }

            return i;
        });
        return new FetchedBlocks(page.ToBlocks(), covered);
    }

    private List<CopysetDefinition> ReadCopysets(Interval interval, UnixMinute fromMinute, UnixMinute toMinute)
    {
        try
        {
            return catalog.Find(interval)!.HasFile ? Use(interval, reader => reader.ReadCopysets(fromMinute, toMinute)) : [];
        }
        catch (ReplicaStoreException) when (catalog.Find(interval)?.Note?.Lost is not null)
        {
            // Noted, and named with the buckets: the other intervals stay readable.
            return [];
        }
    }
}
