using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Tests.Support;

/// <summary>What blocks add to their bucket, counted from their bytes as docs/block-format.md says.</summary>
internal static class FreshSum
{
    /// <summary>The row of a bucket.</summary>
    public static BucketRow RowOf(IGrouping<(CopysetId Copyset, UnixMinute Minute), Block> bucket)
    {
        var (events, sum) = (0L, default(UInt128));
        foreach (var block in bucket)
        {
            var added = Of(block);
            (events, sum) = (events + added.Events, sum + added.DigestSum);
        }

        return new BucketRow(bucket.Key.Copyset, bucket.Key.Minute, bucket.Count(), events, sum);
    }

    /// <summary>The events of a block, and the sum of their digests, of late events with that of their arrival.</summary>
    public static (long Events, UInt128 DigestSum) Of(Block block)
    {
        var (events, sum) = (0L, default(UInt128));
        for (var reader = block.GetReader(); reader.MoveNext(); events++)
        {
            sum += EventDigest.Of(reader.Current.Key, reader.Current.Payload, block.Header.Topic).Value;
        }

        if (block.Header.Arrival is { } arrival)
        {
            Span<byte> bytes = stackalloc byte[EventKey.BinaryLength];
            arrival.WriteTo(bytes);
            sum += EventDigest.Of(bytes).Value;
        }

        return (events, sum);
    }
}
