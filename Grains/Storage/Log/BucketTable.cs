using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>The buckets of an interval by minute and copyset, some 100 bytes each. For one thread at a time.</summary>
internal sealed class BucketTable
{
    // An interval has 1,440 minutes at most; a damaged one may have others.
    private readonly SortedList<UnixMinute, Dictionary<CopysetId, ContentSum>> _minutes = [];

    /// <summary>All of them, by minute and copyset.</summary>
    public IEnumerable<BucketSum> All => _minutes.SelectMany(static minute => Sorted(minute.Key, minute.Value));

    /// <summary>The first minute from a given one on that has a bucket; or null.</summary>
    public UnixMinute? NextMinute(UnixMinute from) => PlaceFrom(from) is var place && place < _minutes.Count ? _minutes.Keys[place] : null;

    /// <summary>The buckets of a minute.</summary>
    public List<BucketSum> Of(UnixMinute minute) => _minutes.TryGetValue(minute, out var buckets) ? Sorted(minute, buckets) : [];

    /// <summary>A bucket; null if it is not there.</summary>
    public BucketSum? Find(UnixMinute minute, CopysetId copyset) =>
        _minutes.TryGetValue(minute, out var buckets) && buckets.TryGetValue(copyset, out var sum) ? ToRow(minute, copyset, sum) : null;

    /// <summary>Adds to a bucket.</summary>
    public void Add(UnixMinute minute, CopysetId copyset, ContentSum more)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(DictionaryOf(minute), copyset, out _);
        sum += more;
    }

    /// <summary>Sets a bucket; one of nothing is removed.</summary>
    public void Set(BucketSum bucket)
    {
        var sum = ContentSum.Of(bucket);
        if (sum != default)
        {
            DictionaryOf(bucket.UnixMinute)[bucket.Copyset] = sum;
        }
        else if (_minutes.TryGetValue(bucket.UnixMinute, out var buckets) && buckets.Remove(bucket.Copyset) && buckets.Count == 0)
        {
            _minutes.Remove(bucket.UnixMinute);
        }
    }

    /// <summary>Adds the buckets of whole minutes; the first minute left out when there were too many, or null.</summary>
    public UnixMinute? Read(BucketRange range, ImmutableArray<BucketSum>.Builder buckets)
    {
        for (var i = PlaceFrom(range.FromMinute); i < _minutes.Count && _minutes.Keys[i] is var minute && minute < range.ToMinute; i++)
        {
            if (buckets.Count > 0 && buckets.Count >= range.MaxBuckets)
            {
                return minute;
            }

            buckets.AddRange(Sorted(minute, _minutes.Values[i]));
        }

        return null;
    }

    private static List<BucketSum> Sorted(UnixMinute minute, Dictionary<CopysetId, ContentSum> buckets)
    {
        var sorted = buckets.Select(bucket => ToRow(minute, bucket.Key, bucket.Value)).ToList();
        sorted.Sort(static (a, b) => a.Copyset.CompareTo(b.Copyset));
        return sorted;
    }

    private static BucketSum ToRow(UnixMinute minute, CopysetId copyset, ContentSum sum) => new(copyset, minute, sum.Blocks, sum.Events, sum.DigestSum);

    private Dictionary<CopysetId, ContentSum> DictionaryOf(UnixMinute minute)
    {
        if (!_minutes.TryGetValue(minute, out var buckets))
        {
            _minutes.Add(minute, buckets = []);
        }

        return buckets;
    }

    private int PlaceFrom(UnixMinute minute)
    {
        var (low, high) = (0, _minutes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _minutes.Keys[middle] < minute ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
