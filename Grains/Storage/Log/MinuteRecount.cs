using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>Recounts the buckets of minutes from their blocks, and where else these are listed.</summary>
internal static class MinuteRecount
{
    /// <summary>Recounts; a bucket with a damaged block stays as it is, because that block's content is not known.</summary>
    public static void Run(HeldBlocks held, IEnumerable<UnixMinute> minutes)
    {
        foreach (var minute in minutes)
        {
            Run(held, minute);
        }
    }

    private static void Run(HeldBlocks held, UnixMinute minute)
    {
        var (blocks, before) = held.Index.ReadMinute(minute);
        var (sums, unknown, listed) = (new Dictionary<CopysetId, ContentSum>(), new HashSet<CopysetId>(), new List<(BlockHeader, int)>());
        foreach (var (number, entry) in blocks)
        {
            if (Read(held, entry) is not { } header)
            {
                unknown.Add(entry.Bucket);
                continue;
            }

            sums[header.BucketId] = sums.GetValueOrDefault(header.BucketId) + ContentSum.Of(header);
            if (header.Topic is not null || header.Arrival is not null)
            {
                listed.Add((header, number));
            }

            if (header.BucketId != entry.Bucket)
            {
                unknown.UnionWith([header.BucketId, entry.Bucket]);
            }
        }

        var kept = before.Where(bucket => unknown.Contains(bucket.Copyset));
        var counted = sums.Where(sum => !unknown.Contains(sum.Key))
            .Select(sum => new BucketSum(sum.Key, minute, sum.Value.Blocks, sum.Value.Events, sum.Value.DigestSum));
        held.Index.SetMinute(minute, [.. kept.Concat(counted)], listed);
    }

    private static BlockHeader? Read(HeldBlocks held, in BlockEntry entry)
    {
        try
        {
            return held.Decode(entry).Header;
        }
        catch (BlockFormatException)
        {
            return null;
        }
    }
}
