using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

// Buckets, copysets and listings; all rows, to be written down and read again.
internal sealed partial class IntervalIndex
{
    /// <summary>Adds the buckets of whole minutes; the first minute left out when there were too many, or null.</summary>
    public UnixMinute? ReadBuckets(BucketRange range, ImmutableArray<BucketSum>.Builder buckets)
    {
        lock (_gate)
        {
            if (range.Topic is not { } topic)
            {
                return _buckets.Read(range, buckets);
            }

            foreach (var minute in _listings.BucketsOf(topic, range.FromMinute, range.ToMinute).GroupBy(static row => row.Minute))
            {
                if (buckets.Count > 0 && buckets.Count >= range.MaxBuckets)
                {
                    return minute.Key;
                }

                buckets.AddRange(minute.Select(row => _buckets.Find(row.Minute, row.Bucket)).OfType<BucketSum>());
            }

            return null;
        }
    }

    /// <summary>The sum of all buckets.</summary>
    public ContentSum SumBuckets()
    {
        lock (_gate)
        {
            return _buckets.All.Aggregate(default(ContentSum), static (sum, bucket) => sum + ContentSum.Of(bucket));
        }
    }

    /// <summary>The copysets of the buckets of some minutes.</summary>
    public List<CopysetRow> ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute)
    {
        lock (_gate)
        {
            var ids = new HashSet<CopysetId>();
            for (var next = _buckets.NextMinute(fromMinute); next is { } minute && minute < toMinute; next = _buckets.NextMinute(minute.Next()))
            {
                ids.UnionWith(_buckets.Of(minute).Select(static bucket => bucket.Copyset));
            }

            return [.. ids.Where(_copysets.ContainsKey).Select(id => new CopysetRow(id, _copysets[id]))];
        }
    }

    /// <summary>All copysets.</summary>
    public List<CopysetRow> ReadCopysets()
    {
        lock (_gate)
        {
            return [.. _copysets.Select(static copyset => new CopysetRow(copyset.Key, copyset.Value))];
        }
    }

    /// <summary>Writes the text of a copyset; null: it is forgotten.</summary>
    public void SetCopyset(CopysetId id, string? members)
    {
        lock (_gate)
        {
            _factors.Remove(id);
            _changes.OnCopyset(id);
            if (members is null)
            {
                _copysets.Remove(id);
            }
            else
            {
                _copysets[id] = members;
            }
        }
    }

    /// <summary>Adds the blocks of late events of a range, by arrival.</summary>
    public void ListLate(LateRange range, List<LateBlock> blocks)
    {
        lock (_gate)
        {
            _listings.List(range, blocks);
        }
    }

    /// <summary>Where a block should be listed and is not; null when it is where it belongs.</summary>
    public string? FindMissing(BlockHeader header, int number)
    {
        lock (_gate)
        {
            return _listings.FindMissing(header, number);
        }
    }

    /// <summary>Sets what is said of a minute besides its blocks.</summary>
    /// <param name="minute">The minute.</param>
    /// <param name="buckets">Its buckets; all others of the minute go.</param>
    /// <param name="listed">Its blocks that are listed elsewhere, too.</param>
    public void SetMinute(UnixMinute minute, IReadOnlyCollection<BucketSum> buckets, IEnumerable<(BlockHeader Header, int Number)> listed)
    {
        lock (_gate)
        {
            foreach (var gone in _buckets.Of(minute))
            {
                _buckets.Set(new BucketSum(gone.Copyset, minute, 0, 0, default));
                _changes.OnBucket(minute, gone.Copyset);
            }

            foreach (var bucket in buckets)
            {
                _buckets.Set(bucket);
                _changes.OnBucket(minute, bucket.Copyset);
            }

            _listings.Forget(minute);
            foreach (var (header, number) in listed)
            {
                List(header, number);
            }
        }
    }

    /// <summary>All rows, as they are now.</summary>
    public IndexRows ReadAll()
    {
        lock (_gate)
        {
            return new IndexRows
            {
                Numbers = [.. Enumerable.Range(1, _entries.Count).Where(number => _entries[number].Exists)],
                Buckets = [.. _buckets.All],
                Copysets = [.. _copysets.Select(static copyset => new CopysetRow(copyset.Key, copyset.Value))],
                Topics = [.. _listings.Topics],
                Late = [.. _listings.Late],
            };
        }
    }

    /// <summary>The rows that have changed since they were last read.</summary>
    public IndexRows ReadChanges()
    {
        lock (_gate)
        {
            var rows = new IndexRows
            {
                Numbers = [.. _changes.Entries],
                Buckets = [.. _changes.Buckets.Select(b => _buckets.Find(b.Minute, b.Bucket) ?? new BucketSum(b.Bucket, b.Minute, 0, 0, default))],
                Copysets = [.. _changes.Copysets.Where(_copysets.ContainsKey).Select(id => new CopysetRow(id, _copysets[id]))],
                Topics = [.. _changes.Topics],
                Late = [.. _changes.Late],
            };
            _changes.Clear();
            return rows;
        }
    }

    /// <summary>Takes an entry over as it was written down.</summary>
    public void Load(int number, in BlockEntry entry)
    {
        lock (_gate)
        {
            TakeOut(number);
            _entries.Set(number, entry);
            if (entry.Exists)
            {
                Place(number, entry);
            }
        }
    }

    /// <summary>Takes rows over as they were written down.</summary>
    public void Load(IndexRows rows)
    {
        lock (_gate)
        {
            rows.Buckets.ForEach(_buckets.Set);
            rows.Copysets.ForEach(row => _copysets[row.Id] = row.Members);
            rows.Topics.ForEach(row => _listings.Add(row));
            rows.Late.ForEach(row => _listings.Add(row));
        }
    }

    /// <summary>Whether anything has changed since it was last written down.</summary>
    public bool HasChanges => Locked(() => _changes.Any);

    /// <summary>Forgets what has changed so far: it is written down.</summary>
    public void ForgetChanges()
    {
        lock (_gate)
        {
            _changes.Clear();
        }
    }
}
