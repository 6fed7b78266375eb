using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>
/// The reading part of an engine, used by one thread, while the writer writes. Sees what was committed before it was asked. What cannot be read is
/// an exception; a <see cref="DamagedIntervalException"/> is noted by the writer before the caller gets it.
/// </summary>
internal interface IStorageReader : IDisposable
{
    /// <summary>The distinct payloads under a key. If none is found but the key may be in damaged or lost data, it throws.</summary>
    ImmutableArray<EventPayload> Read(EventKey key);

    /// <summary>The distinct digests under each key, in the order of the keys; throws like <see cref="Read"/>.</summary>
    ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys, CancellationToken cancellationToken);

    /// <summary>What is held of each interval, ascending.</summary>
    ImmutableArray<StoredInterval> DescribeIntervals(CancellationToken cancellationToken);

    /// <summary>What is held of one non-empty interval.</summary>
    StoredInterval Describe(Interval interval);

    /// <summary>The buckets of the first minutes of a range, and the damaged intervals among them.</summary>
    BucketPage ReadBuckets(BucketRange range);

    /// <summary>The copysets of a run of minutes; others may be among them.</summary>
    CopysetReading ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute);

    /// <summary>Lists the next blocks of a minute without reading them.</summary>
    BlockList List(BlockListRange range);

    /// <summary>Reads blocks by their ids, each checked.</summary>
    FetchedBlocks Fetch(BlockFetch fetch);

    /// <summary>The next blocks of a range, each checked.</summary>
    BlockPage ReadPage(BlockRange range);

    /// <summary>Checks the next part of what is held.</summary>
    ScrubStep Scrub(ScrubPosition position, long maxBytes);

    /// <summary>Checks an interval as a whole. What is wrong is a finding, not an exception.</summary>
    ScrubTally Check(Interval interval, CancellationToken cancellationToken);

    /// <summary>Counts a closed interval block by block.</summary>
    IntervalCount Count(Interval interval, CancellationToken cancellationToken);
}
