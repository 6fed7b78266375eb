using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>
/// Remembers the buckets of another peer of which everything was fetched, each with its sum then. So a peer that keeps only part of a bucket, such as
/// a holder of foreign blocks, is looked at once and not at every comparison. A peer's own buckets only grow, so a fetched block stays fetched.
/// Bounded: when full, the older half is forgotten, which costs a comparison. Not for several threads.
/// </summary>
internal sealed class FetchedBuckets
{
    /// <summary>Buckets remembered before the older half is forgotten.</summary>
    public const int Capacity = 65_536;

    private Dictionary<(CopysetId Copyset, UnixMinute Minute), ContentSum> _recent = [];
    private Dictionary<(CopysetId Copyset, UnixMinute Minute), ContentSum> _older = [];

    /// <summary>Everything missing of a bucket at this sum is held now.</summary>
    public void Add(BucketSum bucket)
    {
        if (_recent.Count >= Capacity / 2)
        {
            (_older, _recent) = (_recent, _older);
            _recent.Clear();
        }

        _recent[(bucket.Copyset, bucket.UnixMinute)] = ContentSum.Of(bucket);
    }

    /// <summary>Whether a bucket has not changed since everything was taken of it.</summary>
    public bool Contains(BucketSum bucket)
    {
        var key = (bucket.Copyset, bucket.UnixMinute);
        return (_recent.TryGetValue(key, out var sum) || _older.TryGetValue(key, out sum)) && sum == ContentSum.Of(bucket);
    }

    /// <summary>Forgets all: this peer may have lost something itself.</summary>
    public void Clear()
    {
        _recent.Clear();
        _older.Clear();
    }
}
