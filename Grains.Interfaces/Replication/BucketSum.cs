using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;

namespace AllData.Replication;

/// <summary>
/// What a replica holds of one copyset in one minute of key time, of blocks without a topic or of one topic.
/// Replicas with equal counts and digest sum hold the same events, so that
/// comparing costs one row instead of the events.
/// </summary>
/// <param name="Copyset">The copyset's id; with a topic, an id of both.</param>
/// <param name="UnixMinute">The minute.</param>
/// <param name="Blocks">Blocks held.</param>
/// <param name="Events">Events in them.</param>
/// <param name="DigestSum">Sum of the event digests, modulo 2^128.</param>
[GenerateSerializer, Immutable, Alias("AllData.BucketSum")]
public readonly record struct BucketSum(
    [property: Id(0)] CopysetId Copyset,
    [property: Id(1)] UnixMinute UnixMinute,
    [property: Id(2)] long Blocks,
    [property: Id(3)] long Events,
    [property: Id(4)] EventDigest DigestSum);

/// <summary>Requests the buckets of a run of minutes, or blocks of late events.</summary>
/// <param name="FromMinute">First minute, since 1970 UTC.</param>
/// <param name="ToMinute">The first minute beyond.</param>
/// <param name="MaxBuckets">Buckets of an answer, at most; a minute is never cut, so that a single one may exceed it.</param>
[GenerateSerializer, Immutable, Alias("AllData.BucketRange")]
public sealed record BucketRange([property: Id(0)] UnixMinute FromMinute, [property: Id(1)] UnixMinute ToMinute, [property: Id(2)] int MaxBuckets)
{
    /// <summary>Only buckets of this topic; null: all buckets.</summary>
    [Id(3)]
    public Topic? Topic { get; init; }

    /// <summary>Requests blocks of late events instead of buckets; null: buckets.</summary>
    [Id(4)]
    public LateRange? Late { get; init; }

    /// <summary>Requests blocks of late events.</summary>
    public static BucketRange OfLate(LateRange late) => new(UnixMinute.First, UnixMinute.First, MaxBuckets: 1) { Late = late };
}

/// <summary>The buckets of whole minutes.</summary>
/// <param name="Buckets">In the order of the minutes.</param>
/// <param name="CoveredTo">The first minute about which nothing is said: go on there.</param>
/// <param name="Damaged">Intervals within the covered minutes whose buckets may say less than was once promised.</param>
[GenerateSerializer, Immutable, Alias("AllData.BucketPage")]
public sealed record BucketPage(
    [property: Id(0)] ImmutableArray<BucketSum> Buckets,
    [property: Id(1)] UnixMinute CoveredTo,
    [property: Id(2)] ImmutableArray<DamagedInterval> Damaged)
{
    /// <summary>
    /// The blocks of late events that were requested; null where none were, and from a peer of an earlier version, which takes none. The damaged intervals are
    /// then those that may have had such blocks.
    /// </summary>
    [Id(3)]
    public LateBlocks? Late { get; init; }
}

/// <summary>An interval of which a replica may have lost something.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Reason">A sentence.</param>
[GenerateSerializer, Immutable, Alias("AllData.DamagedInterval")]
public sealed record DamagedInterval([property: Id(0)] Interval Interval, [property: Id(1)] string Reason);
