using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Blocks;

/// <summary>The content of a bucket, a minute or an interval as sums. Equal sums mean equal events.</summary>
/// <param name="Blocks">Blocks.</param>
/// <param name="Events">Events in them.</param>
/// <param name="DigestSum">Sum of the event digests, modulo 2^128.</param>
internal readonly record struct ContentSum(long Blocks, long Events, EventDigest DigestSum)
{
    /// <summary>The sum of both.</summary>
    public static ContentSum operator +(ContentSum left, ContentSum right) =>
        new(left.Blocks + right.Blocks, left.Events + right.Events, left.DigestSum + right.DigestSum);

    /// <summary>What one block holds.</summary>
    public static ContentSum Of(BlockHeader header) => new(1, header.EventCount, header.EventDigestSum);

    /// <summary>What a bucket holds.</summary>
    public static ContentSum Of(BucketSum bucket) => new(bucket.Blocks, bucket.Events, bucket.DigestSum);
}
