using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

// What other peers ask for to complete themselves.
internal sealed partial class ReadSession
{
    /// <summary>The copysets of the intervals that meet a run of minutes.</summary>
    public ImmutableArray<CopysetDefinition> ReadCopysets(long fromMinute, long toMinute) =>
        CopysetText.Merge(catalog.Entries.Keys.Where(i => i.EndUnixMilliseconds > fromMinute * 60_000 && i.StartUnixMilliseconds < toMinute * 60_000)
            .SelectMany(ReadCopysets).ToList());

    /// <summary>Names the next blocks of a minute.</summary>
    public BlockList List(BlockListRange range)
    {
        var interval = Interval.Containing(range.UnixMinute * 60_000, intervalLength);
        return catalog.Find(interval) is { HasFile: true } ? Use(interval, reader => reader.List(range)) : new BlockList([], null);
    }

    /// <summary>Reads blocks by their ids.</summary>
    public FetchedBlocks Fetch(BlockFetch fetch)
    {
        var ids = fetch.Ids.Length / BlockId.BinaryLength;
        var interval = Interval.Containing(fetch.UnixMinute * 60_000, intervalLength);
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

    private List<CopysetDefinition> ReadCopysets(Interval interval)
    {
        try
        {
            return catalog.Find(interval)!.HasFile ? Use(interval, static reader => reader.ReadCopysets()) : [];
        }
        catch (ReplicaStoreException) when (catalog.Find(interval)?.Note?.Lost is not null)
        {
            // Noted, and named with the buckets: the other intervals go on.
            return [];
        }
    }
}
