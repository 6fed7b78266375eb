using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Simulation.Storage;

/// <summary>The blocks of one minute on a disk, and their sums.</summary>
internal sealed class MinuteShelf(UnixMinute minute)
{
    private readonly SortedDictionary<CopysetId, BucketSum> _buckets = [];
    private readonly SortedDictionary<CopysetId, CopysetDefinition> _copysets = [];

    /// <summary>The blocks by first key, last key and number.</summary>
    public SortedList<(EventKey First, EventKey Last, long Number), HeldBlock> Blocks { get; } = [];

    /// <summary>Its buckets, by copyset.</summary>
    public IEnumerable<BucketSum> Buckets => _buckets.Values;

    /// <summary>The copysets of its blocks.</summary>
    public IEnumerable<CopysetDefinition> Copysets => _copysets.Values;

    /// <summary>Adds a block.</summary>
    public void Add(HeldBlock held)
    {
        Blocks.Add(OrderOf(held), held);
        var header = held.Block.Header;
        var sum = _buckets.GetValueOrDefault(header.BucketId, new BucketSum(header.BucketId, minute, 0, 0, default));
        _buckets[header.BucketId] = sum with
        {
            Blocks = sum.Blocks + 1,
            Events = sum.Events + header.EventCount,
            DigestSum = sum.DigestSum + header.EventDigestSum,
        };
        var known = _copysets.GetValueOrDefault(header.BucketId)?.ReplicationFactor ?? 0;
        _copysets[header.BucketId] = new CopysetDefinition(
            header.BucketId, ImmutableArray.CreateRange(header.Copyset.Ordinals), Math.Max(known, header.ReplicationFactor));
    }

    /// <summary>Takes a block away: only a fault of the program does that.</summary>
    public void Remove(HeldBlock held)
    {
        Blocks.Remove(OrderOf(held));
        var header = held.Block.Header;
        var sum = _buckets[header.BucketId];
        _buckets[header.BucketId] = sum with
        {
            Blocks = sum.Blocks - 1,
            Events = sum.Events - header.EventCount,
            DigestSum = new EventDigest(unchecked(sum.DigestSum.Value - header.EventDigestSum.Value)),
        };
    }

    private static (EventKey, EventKey, long) OrderOf(HeldBlock held) => (held.Position.First, held.Position.Last, held.Position.Number);
}
