using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>
/// Checks an interval minute by minute: each block against its digest, its record's head, the index and its records, and the buckets of the minute against the
/// blocks. Changes nothing. For one thread.
/// </summary>
internal sealed class MinuteCheck(ReplicaStoreDiagnostics diagnostics)
{
    // Partial: the digest sum does not include blocks that are damaged.
    private readonly Dictionary<CopysetId, (ContentSum Sum, bool IsPartial)> _counted = [];

    /// <summary>Checks one minute.</summary>
    public void Run(HeldBlocks held, UnixMinute minute, ScrubTally tally)
    {
        _counted.Clear();
        var (blocks, buckets) = held.Index.ReadMinute(minute);
        foreach (var (number, entry) in blocks)
        {
            CheckBlock(held, minute, number, entry, tally);
        }

        CompareBuckets(held.PathOf(blocks.Count > 0 ? blocks[0].Entry.Segment : 0), minute, buckets, tally);
    }

    private void CheckBlock(HeldBlocks held, UnixMinute minute, int number, in BlockEntry entry, ScrubTally tally)
    {
        var bytes = new byte[entry.Length];
        var fault = Fault(held, entry, bytes, out var header, out var isImpossible);
        var before = _counted.GetValueOrDefault(entry.Bucket);
        tally.OnBlock(entry.Events, bytes.Length, header?.EventDigestSum ?? default);
        _counted[entry.Bucket] = (
            before.Sum + new ContentSum(1, entry.Events, header?.EventDigestSum ?? default), before.IsPartial || header is null);
        if (fault is not null)
        {
            var name = $"{held.NameOf(number, entry)} ({entry.Id})";
            diagnostics.OnDamagedBlock(name, fault, entry.Damaged);
            tally.OnDamage($"{name}: {fault}");
        }
        else if (header is not null && held.Index.FindMissing(header, number) is { } place)
        {
            tally.OnWrongBucket(minute, $"{held.NameOf(number, entry)} is not listed {place}.");
        }

        if (isImpossible)
        {
            tally.OnImpossible(number);
        }
    }

    private static string? Fault(HeldBlocks held, in BlockEntry entry, byte[] bytes, out BlockHeader? header, out bool isImpossible)
    {
        (header, isImpossible) = (null, false);
        try
        {
            if (held.Read(entry, bytes) is { } unreadable)
            {
                return unreadable;
            }

            header = BlockCodec.DecodeHeader(bytes);
        }
        catch (BlockFormatException e)
        {
            isImpossible = e.IsImpossible;
            return e.Message;
        }

        return !Agrees(entry, header) ? "the index does not agree with its header."
            : held.ReadHead(entry) is not { } head || head.Digest != entry.Digest ? "the head of its record is damaged."
            : BlockRecords.Fault(header, new PackedEventReader(bytes.AsSpan(BlockCodec.HeaderLength(header)), header.Topic));
    }

    private static bool Agrees(in BlockEntry entry, BlockHeader header) => header.Id == entry.Id && header.BucketId == entry.Bucket
        && header.FirstKey == entry.First && header.LastKey == entry.Last && header.EventCount == entry.Events && header.BlockDigest == entry.Digest;

    private void CompareBuckets(string path, UnixMinute minute, List<BucketSum> buckets, ScrubTally tally)
    {
        foreach (var bucket in buckets)
        {
            var name = $"{path}, bucket of copyset {bucket.Copyset}, minute {minute}";
            if (!_counted.Remove(bucket.Copyset, out var counted))
            {
                tally.OnWrongBucket(minute, $"{name} says {bucket.Blocks} blocks, and there are none.");
            }
            else if (counted.Sum is var sum && (sum.Blocks != bucket.Blocks || sum.Events != bucket.Events))
            {
                tally.OnWrongBucket(minute, $"{name} says {bucket.Blocks} blocks, {bucket.Events} events; counted: {sum.Blocks}, {sum.Events}.");
            }
            else if (!counted.IsPartial && sum.DigestSum != bucket.DigestSum)
            {
                tally.OnWrongBucket(minute, $"{name} has digest sum {bucket.DigestSum}; counted: {sum.DigestSum}.");
            }
        }

        foreach (var (copyset, counted) in _counted)
        {
            tally.OnWrongBucket(
                minute, $"{path}, bucket of copyset {copyset}, minute {minute} is missing, and there are {counted.Sum.Blocks} blocks.");
        }
    }
}
