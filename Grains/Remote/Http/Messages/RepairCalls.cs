using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using static AllData.Remote.Http.Messages.MessageParts;

namespace AllData.Remote.Http.Messages;

/// <summary>The calls that repair and scans make.</summary>
internal static class RepairCalls
{
    private const int LeastBucket = sizeof(long) + 3 + EventDigest.BinaryLength;
    private const int LeastDamagedBlock = sizeof(long) + (2 * EventKey.BinaryLength) + 1;
    private const int LeastDamagedInterval = 3;
    private const int LeastNumberReport = 10;
    private const int LeastLateBlock = (3 * EventKey.BinaryLength) + 1;

    /// <summary>The minutes that have changed.</summary>
    public static PeerCall<ChangeCursor, BucketChanges> GetChanges { get; } = new(
        "get-changes", static since => Message(since, WriteCursor), static m => Read(m, ReadCursor),
        static changes => Message(changes, static (w, one) =>
        {
            WriteCursor(w, one.Next);
            w.Flag(one.IsComplete);
            w.List(one.Minutes, static (w, minute) => w.Minute(minute));
        }),
        static m => Read(m, static (ref PeerMessageReader r) =>
            new BucketChanges(ReadCursor(ref r), r.Flag(), r.List(1, static (ref PeerMessageReader r) => r.Minute()))));

    /// <summary>The buckets of a run of minutes.</summary>
    public static PeerCall<BucketRange, BucketPage> ReadBuckets { get; } = new(
        "read-buckets",
        static range => Message(range, static (w, one) =>
        {
            w.Minute(one.FromMinute);
            w.Minute(one.ToMinute);
            w.Number(one.MaxBuckets);
            w.LastTopic(one.Topic);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => new BucketRange(r.Minute(), r.Minute(), r.Number32()) { Topic = r.LastTopic() }),
        static page => Message(page, static (w, one) =>
        {
            w.List(one.Buckets, WriteBucket);
            w.Minute(one.CoveredTo);
            w.List(one.Damaged, WriteDamagedInterval);
        }),
        static m => Read(m, static (ref PeerMessageReader r) =>
            new BucketPage(r.List(LeastBucket, ReadBucket), r.Minute(), r.List(LeastDamagedInterval, ReadDamagedInterval))));

    /// <summary>The numbers that were given to the blocks of an interval. A peer of an earlier version does not know the call.</summary>
    public static PeerCall<Interval, ImmutableArray<NumberReport>> GetNumbers { get; } = new(
        "get-numbers",
        static interval => Message(interval, WriteInterval),
        static m => Read(m, static (ref PeerMessageReader r) => ReadInterval(r.Number(), r.Number())),
        static reports => Message(reports, static (w, list) => w.List(list, WriteNumberReport)),
        static m => Read(m, static (ref PeerMessageReader r) => r.List(LeastNumberReport, ReadNumberReport)));

    /// <summary>Blocks of late events. A call of its own: a peer of an earlier version does not know it, and has none.</summary>
    public static PeerCall<LateRange, BucketPage> ListLate { get; } = new(
        "list-late",
        static range => Message(range, static (w, one) =>
        {
            w.Key(one.After);
            w.Key(one.UpTo);
            w.Number(one.MaxBlocks);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => new LateRange(r.Key(), r.Key(), r.Number32())),
        static page => Message(page, static (w, one) =>
        {
            w.Flag(one.Late is not null);
            w.List(one.Late?.Blocks ?? [], WriteLateBlock);
            w.Key(one.Late?.UpTo ?? default);
            w.List(one.Damaged, WriteDamagedInterval);
        }),
        static m => Read(m, static (ref PeerMessageReader r) =>
        {
            var isKnown = r.Flag();
            var late = new LateBlocks(r.List(LeastLateBlock, ReadLateBlock), r.Key());
            if (!isKnown && (!late.Blocks.IsEmpty || late.UpTo != default))
            {
                throw new PeerProtocolException("Blocks of late events by a peer that says it does not know them.");
            }

            return new BucketPage([], UnixMinute.First, r.List(LeastDamagedInterval, ReadDamagedInterval)) { Late = isKnown ? late : null };
        }));

    /// <summary>The copysets of the blocks of a run of minutes.</summary>
    public static PeerCall<(UnixMinute From, UnixMinute To), ImmutableArray<CopysetDefinition>> ReadCopysets { get; } = new(
        "read-copysets",
        static minutes => Message(minutes, static (w, run) =>
        {
            w.Minute(run.From);
            w.Minute(run.To);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => (r.Minute(), r.Minute())),
        static copysets => Message(copysets, static (w, list) => w.List(list, WriteCopyset)),
        static m => Read(m, static (ref PeerMessageReader r) => r.List(LeastCopyset, ReadCopyset)));

    /// <summary>Names blocks; the entries are the tail.</summary>
    public static PeerCall<BlockListRange, BlockList> ListBlocks { get; } = new(
        "list-blocks",
        static range => Message(range, static (w, one) =>
        {
            w.Minute(one.UnixMinute);
            w.List(one.Copysets, static (w, id) => w.CopysetId(id));
            WritePosition(w, one.After);
            w.Number(one.MaxBlocks);
            w.Number(one.Minutes);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => new BlockListRange(
            r.Minute(), r.List(sizeof(long), static (ref PeerMessageReader r) => r.CopysetId()), ReadPosition(ref r), r.Number32(), r.Number32())),
        static list => Message(list, static (w, one) =>
        {
            WritePosition(w, one.Next);
            w.Number(one.Minutes);
        }, list.Entries),
        ReadBlockList);

    /// <summary>Blocks by their ids; the ids are the tail of the question, the blocks that of the answer.</summary>
    public static PeerCall<BlockFetch, FetchedBlocks> FetchBlocks { get; } = new(
        "fetch-blocks",
        static fetch => Message(fetch, static (w, one) =>
        {
            w.Minute(one.UnixMinute);
            w.Number(one.MaxBytes);
        }, fetch.Ids),
        ReadFetch,
        static fetched => Message(fetched.Covered, static (w, covered) => w.Number(covered), fetched.Blocks),
        static m => new FetchedBlocks(m.Tail, ReadHead(m, static (ref PeerMessageReader r) => r.Number32())));

    /// <summary>A page of the blocks of a range; they are the tail.</summary>
    public static PeerCall<BlockRange, BlockPage> ReadPage { get; } = new(
        "read-page",
        static range => Message(range, static (w, one) =>
        {
            w.Key(one.From);
            w.Key(one.To);
            w.List(one.Copysets, static (w, id) => w.CopysetId(id));
            WritePosition(w, one.After);
            w.Number(one.MaxBytes);
            w.LastTopic(one.Topic);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => new BlockRange(
            r.Key(), r.Key(), r.List(sizeof(long), static (ref PeerMessageReader r) => r.CopysetId()), ReadPosition(ref r), r.Number32())
        {
            Topic = r.LastTopic(),
        }),
        static page => Message(page, static (w, one) =>
        {
            w.List(one.Damaged, WriteDamagedBlock);
            WritePosition(w, one.Next);
        }, page.Blocks),
        ReadBlockPage);

    private static BlockList ReadBlockList(PeerMessage m)
    {
        var (next, minutes) = ReadHead(m, static (ref PeerMessageReader r) => (ReadPosition(ref r), r.Number32()));
        return new BlockList(m.Tail, next, minutes);
    }

    private static BlockFetch ReadFetch(PeerMessage m)
    {
        var (minute, bytes) = ReadHead(m, static (ref PeerMessageReader r) => (r.Minute(), r.Number32()));
        return new BlockFetch(minute, m.Tail, bytes);
    }

    private static BlockPage ReadBlockPage(PeerMessage m)
    {
        var (damaged, next) = ReadHead(m, static (ref PeerMessageReader r) => (r.List(LeastDamagedBlock, ReadDamagedBlock), ReadPosition(ref r)));
        return new BlockPage(m.Tail, damaged, next);
    }

    private static void WriteCursor(PeerMessageWriter w, ChangeCursor cursor)
    {
        w.Guid(cursor.Epoch);
        w.Number(cursor.Sequence);
    }

    private static ChangeCursor ReadCursor(ref PeerMessageReader r) => new(r.Guid(), r.Number());

    private static void WriteBucket(PeerMessageWriter w, BucketSum bucket)
    {
        w.CopysetId(bucket.Copyset);
        w.Minute(bucket.UnixMinute);
        w.Number(bucket.Blocks);
        w.Number(bucket.Events);
        w.Digest(bucket.DigestSum);
    }

    private static BucketSum ReadBucket(ref PeerMessageReader r) => new(r.CopysetId(), r.Minute(), r.Number(), r.Number(), r.Digest());

    private static void WriteLateBlock(PeerMessageWriter w, LateBlock block)
    {
        w.Key(block.Arrival);
        w.Count(block.Events);
        w.Key(block.First);
        w.Key(block.Last);
    }

    private static LateBlock ReadLateBlock(ref PeerMessageReader r) => new(r.Key(), r.Count(), r.Key(), r.Key());

    private static void WriteDamagedBlock(PeerMessageWriter w, DamagedBlock block)
    {
        w.CopysetId(block.Copyset);
        w.Key(block.First);
        w.Key(block.Last);
        w.Text(block.Reason);
    }

    private static DamagedBlock ReadDamagedBlock(ref PeerMessageReader r) => new(r.CopysetId(), r.Key(), r.Key(), r.Text());

    private static void WriteDamagedInterval(PeerMessageWriter w, DamagedInterval damaged)
    {
        WriteInterval(w, damaged.Interval);
        w.Text(damaged.Reason);
    }

    private static DamagedInterval ReadDamagedInterval(ref PeerMessageReader r) => new(ReadInterval(r.Number(), r.Number()), r.Text());

    private static void WriteNumberReport(PeerMessageWriter w, NumberReport report)
    {
        w.Number(report.Ordinal);
        w.Number(report.Incarnation);
        WriteInterval(w, report.Interval);
        w.Number(report.Issued);
        w.Number(report.Settled);
        WriteRanges(w, report.UnderWay);
        WriteRanges(w, report.Abandoned);
        w.Flag(report.Ended);
    }

    private static NumberReport ReadNumberReport(ref PeerMessageReader r) => new(
        r.Number32(), r.Number32(), ReadInterval(r.Number(), r.Number()), r.Number(), r.Number(), ReadRanges(ref r), ReadRanges(ref r), r.Flag());

    private static void WriteRanges(PeerMessageWriter w, NumberRanges ranges) => w.List(ranges.Runs, static (w, run) =>
    {
        w.Number(run.First);
        w.Number(run.Last);
    });

    private static NumberRanges ReadRanges(ref PeerMessageReader r)
    {
        var runs = r.List(2, static (ref PeerMessageReader r) => new NumberRange(r.Number(), r.Number()));
        var ranges = NumberRanges.Of(runs);
        return ranges.Runs.SequenceEqual(runs) ? ranges : throw new PeerProtocolException("Runs of numbers that are not ascending with gaps between them.");
    }
}
