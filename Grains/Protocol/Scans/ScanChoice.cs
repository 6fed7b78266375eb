using System.IO.Hashing;
using System.Runtime.InteropServices;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Scans;

/// <summary>A bucket and the peer that holds it.</summary>
/// <param name="Peer">The peer's index in the topology.</param>
/// <param name="Bucket">The bucket.</param>
internal readonly record struct HeldBucket(int Peer, BucketSum Bucket)
{
    /// <summary>Whether both hold the same events, as far as sums can tell.</summary>
    public bool IsSameAs(HeldBucket other) =>
        (Bucket.Blocks, Bucket.Events, Bucket.DigestSum) == (other.Bucket.Blocks, other.Bucket.Events, other.Bucket.DigestSum);
}

/// <summary>The sources that one minute is read from.</summary>
internal sealed class ScanChoice
{
    private readonly int _preferred;
    private readonly IReadOnlySet<CopysetSource> _damaged;
    private readonly bool _readsAll;

    private ScanChoice(UnixMinute unixMinute, int preferred, IReadOnlySet<CopysetSource> damaged, bool readsAll)
    {
        UnixMinute = unixMinute;
        _readsAll = readsAll;
        _preferred = preferred;
        _damaged = damaged;
    }

    /// <summary>The minute.</summary>
    public UnixMinute UnixMinute { get; }

    /// <summary>Events to be read, those in several sources counted in each.</summary>
    public long Events { get; private set; }

    /// <summary>Whether holders of a copyset do not hold the same.</summary>
    public bool HasDisagreement { get; private set; }

    /// <summary>The sources that are read, by copyset.</summary>
    public HashSet<CopysetSource> Chosen { get; } = [];

    /// <summary>Peers with a damaged block whose bucket no other peer holds in the same state.</summary>
    public HashSet<int> Unsure { get; } = [];

    /// <summary>Chooses the sources of a minute.</summary>
    /// <param name="minute">The buckets of one minute, by copyset; at least one.</param>
    /// <param name="preferred">A peer that costs less than others to read from; -1 when there is none.</param>
    /// <param name="damaged">Sources that gave damaged blocks.</param>
    /// <param name="readsAll">Whether all are read, those that hold the same included.</param>
    public static ScanChoice Of(ReadOnlySpan<HeldBucket> minute, int preferred, IReadOnlySet<CopysetSource> damaged, bool readsAll)
    {
        var choice = new ScanChoice(minute[0].Bucket.UnixMinute, preferred, damaged, readsAll);
        for (var (start, end) = (0, 0); start < minute.Length; start = end)
        {
            while (end < minute.Length && minute[end].Bucket.Copyset == minute[start].Bucket.Copyset)
            {
                end++;
            }

            choice.AddCopyset(minute[start..end]);
        }

        return choice;
    }

    private void AddCopyset(ReadOnlySpan<HeldBucket> holders)
    {
        for (var i = 0; i < holders.Length; i++)
        {
            if (IndexOfSame(holders, holders[i]) == i)
            {
                HasDisagreement |= i > 0;
                Events += holders[i].Bucket.Events;
                AddGroup(holders, holders[i]);
            }

            if (_readsAll)
            {
                Chosen.Add(new CopysetSource(holders[i].Peer, holders[i].Bucket.Copyset));
            }
        }
    }

    private static int IndexOfSame(ReadOnlySpan<HeldBucket> holders, HeldBucket bucket)
    {
        var index = 0;
        while (!holders[index].IsSameAs(bucket))
        {
            index++;
        }

        return index;
    }

    private void AddGroup(ReadOnlySpan<HeldBucket> holders, HeldBucket group)
    {
        CopysetSource? best = null;
        foreach (var holder in holders)
        {
            var source = new CopysetSource(holder.Peer, holder.Bucket.Copyset);
            if (holder.IsSameAs(group) && !_damaged.Contains(source) && (best is null || Preference(source) > Preference(best.Value)))
            {
                best = source;
            }
        }

        if (best is { } intact)
        {
            Chosen.Add(intact);
        }
        else
        {
            AddAllOf(holders, group);
        }
    }

    // A block that is damaged in one copy may be whole in another, and no holder is known to give all of them.
    private void AddAllOf(ReadOnlySpan<HeldBucket> holders, HeldBucket group)
    {
        foreach (var holder in holders)
        {
            if (holder.IsSameAs(group))
            {
                Chosen.Add(new CopysetSource(holder.Peer, holder.Bucket.Copyset));
                Unsure.Add(holder.Peer);
            }
        }
    }

    // Rendezvous hashing (Thaler and Ravishankar, 1998): the same choice for a copyset in every minute, evenly spread over its holders.
    private ulong Preference(CopysetSource source)
    {
        Span<long> both = [source.Peer, source.Copyset.Value];
        return source.Peer == _preferred ? ulong.MaxValue : XxHash3.HashToUInt64(MemoryMarshal.AsBytes(both));
    }
}
