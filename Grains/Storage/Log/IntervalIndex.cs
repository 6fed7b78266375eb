using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>
/// Which blocks an interval has and where they lie, their buckets, copysets and topics, in memory. The writer adds to it what is flushed; several threads
/// read. Each call holds the lock for a bounded time, so that the writer waits for no reader's disk.
/// </summary>
internal sealed partial class IntervalIndex
{
    private readonly Lock _gate = new();
    private readonly Interval _interval;
    private readonly BlockEntries _entries = new();
    private readonly MinuteBlocks?[] _minutes;
    private readonly BucketTable _buckets = new();
    private readonly BlockListings _listings = new();
    private readonly Dictionary<CopysetId, string> _copysets = [];
    private readonly IndexChanges _changes = new();

    // What each copyset asks for, so that a block costs no text.
    private readonly Dictionary<CopysetId, int> _factors = [];
    private long _blocks;
    private long _events;

    /// <summary>An index of nothing.</summary>
    public IntervalIndex(Interval interval)
    {
        _interval = interval;
        _minutes = new MinuteBlocks?[interval.EndMinute - interval.FirstMinute];
    }

    /// <summary>The highest number of a block.</summary>
    public int Count => Locked(() => _entries.Count);

    /// <summary>Blocks and events of the entries.</summary>
    public ContentSum Held => Locked(() => new ContentSum(_blocks, _events, default));

    /// <summary>Whether nothing is known of any block.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The number and entry of a block; number 0 when it is not there.</summary>
    public (int Number, BlockEntry Entry) Find(BlockId id)
    {
        lock (_gate)
        {
            var number = _entries.Find(id);
            return (number, _entries[number]);
        }
    }

    /// <summary>The entry of a number; one that does not exist where no block has it.</summary>
    public BlockEntry Get(int number)
    {
        lock (_gate)
        {
            return _entries[number];
        }
    }

    /// <summary>Adds blocks that are flushed, each with its header; null: its body could not be read.</summary>
    public void Add(IEnumerable<(int Number, BlockEntry Entry, BlockHeader? Header)> blocks)
    {
        lock (_gate)
        {
            foreach (var (number, entry, header) in blocks)
            {
                Add(number, entry, header);
            }
        }
    }

    /// <summary>Another record has the bytes of a block now.</summary>
    public void Replace(int number, in BlockEntry entry, BlockHeader header)
    {
        lock (_gate)
        {
            var before = _entries[number];
            TakeOut(number);
            _entries.Set(number, entry with { IsUncounted = false });
            Place(number, entry);
            _changes.OnEntry(number);
            if (before.IsUncounted)
            {
                AddToBucket(entry.Minute, entry.Bucket, new ContentSum(0, 0, header.EventDigestSum));
                List(header, number);
            }
        }
    }

    /// <summary>Takes a block out; its bucket is to be recounted.</summary>
    public void Remove(int number)
    {
        lock (_gate)
        {
            TakeOut(number);
            _entries.Set(number, default);
            _changes.OnEntry(number);
        }
    }

    /// <summary>Finds the blocks whose key spans meet a range within one minute.</summary>
    public void Probe(EventKey first, EventKey last, bool stopAtFirst, List<int> found)
    {
        found.Clear();
        lock (_gate)
        {
            MinuteOf(first.UnixMinute)?.Probe(first, last, stopAtFirst, found);
        }
    }

    /// <summary>Collects the next blocks of a range, in order.</summary>
    /// <param name="from">The first key.</param>
    /// <param name="to">The first key beyond.</param>
    /// <param name="after">Only those behind it; null: from the first.</param>
    /// <param name="topic">Only those of this topic; null: all.</param>
    /// <param name="places">Empty; receives them, up to its capacity.</param>
    public void Walk(EventKey from, EventKey to, BlockPosition? after, Topic? topic, List<(int Number, BlockEntry Entry)> places)
    {
        var start = after is { } passed && passed.First > from ? passed.First : from;
        lock (_gate)
        {
            var (firstMinute, endMinute) = (
                UnixMinute.Max(start.UnixMinute, _interval.FirstMinute), UnixMinute.Min(to.UnixMinute.Next(), _interval.EndMinute));
            if (topic is { } one)
            {
                var buckets = new HashSet<CopysetId>();
                foreach (var minute in _listings.BucketsOf(one, firstMinute, endMinute).GroupBy(static row => row.Minute))
                {
                    buckets = [.. minute.Select(static row => row.Bucket)];
                    if (Walk(minute.Key, from, to, after, buckets, places))
                    {
                        return;
                    }
                }

                return;
            }

            for (var minute = firstMinute; minute < endMinute; minute = minute.Next())
            {
                if (Walk(minute, from, to, after, buckets: null, places))
                {
                    return;
                }
            }
        }
    }

    /// <summary>The first minute from a given one on that has blocks or buckets; or null.</summary>
    public UnixMinute? NextMinute(UnixMinute from)
    {
        lock (_gate)
        {
            var next = _buckets.NextMinute(from);
            for (var minute = UnixMinute.Max(from, _interval.FirstMinute); minute < _interval.EndMinute && !(minute >= next); minute = minute.Next())
            {
                if (MinuteOf(minute) is { IsEmpty: false })
                {
                    return minute;
                }
            }

            // A damaged bucket may say the last number that there is: nothing comes after it.
            return next is { Value: long.MaxValue } ? null : next;
        }
    }

    /// <summary>The blocks of a minute, and its buckets, of one moment.</summary>
    public (List<(int Number, BlockEntry Entry)> Blocks, List<BucketSum> Buckets) ReadMinute(UnixMinute minute)
    {
        lock (_gate)
        {
            return ([.. (MinuteOf(minute)?.Numbers ?? []).Select(number => (number, _entries[number]))], _buckets.Of(minute));
        }
    }

    private bool Walk(
        UnixMinute minute, EventKey from, EventKey to, BlockPosition? after, HashSet<CopysetId>? buckets, List<(int Number, BlockEntry Entry)> places) =>
        MinuteOf(minute) is { } blocks && blocks.Walk(from, to, after, number =>
        {
            var entry = _entries[number];
            if (buckets is null || buckets.Contains(entry.Bucket))
            {
                places.Add((number, entry));
            }

            return places.Count < places.Capacity;
        });

    private void Add(int number, in BlockEntry entry, BlockHeader? header)
    {
        if (_entries[number].Exists)
        {
            return;
        }

        _entries.Set(number, entry);
        _changes.OnEntry(number);
        Place(number, entry);
        AddToBucket(entry.Minute, entry.Bucket, new ContentSum(1, entry.Events, header?.EventDigestSum ?? default));
        if (header is not null)
        {
            List(header, number);
            RememberCopyset(header);
        }
    }

    private void Place(int number, in BlockEntry entry)
    {
        if (!_interval.Contains(entry.Minute))
        {
            throw new LogDamageException($"block {entry.Id} with key {entry.First} is not of interval {_interval}");
        }

        (_minutes[entry.Minute - _interval.FirstMinute] ??= new MinuteBlocks(_entries)).Add(number);
        _blocks++;
        _events += entry.Events;
    }

    private void TakeOut(int number)
    {
        if (_entries[number] is { Exists: true } entry)
        {
            MinuteOf(entry.Minute)?.Remove(number);
            _blocks--;
            _events -= entry.Events;
        }
    }

    private MinuteBlocks? MinuteOf(UnixMinute minute) => _interval.Contains(minute) ? _minutes[minute - _interval.FirstMinute] : null;

    private void AddToBucket(UnixMinute minute, CopysetId bucket, ContentSum more)
    {
        _buckets.Add(minute, bucket, more);
        _changes.OnBucket(minute, bucket);
    }

    private void List(BlockHeader header, int number)
    {
        var (topic, late) = BlockListings.Of(header, number);
        if (topic is { } topicRow && _listings.Add(topicRow))
        {
            _changes.OnTopic(topicRow);
        }

        if (late is { } lateRow && _listings.Add(lateRow))
        {
            _changes.OnLate(lateRow);
        }
    }

    // The largest number of copies wins: otherwise no peer would make those that are missing.
    private void RememberCopyset(BlockHeader header)
    {
        var (id, factor) = (header.BucketId, Math.Max(header.ReplicationFactor, header.Copyset.Ordinals.Length));
        if (!_factors.TryGetValue(id, out var known))
        {
            // One that cannot be read is rewritten.
            known = _copysets.TryGetValue(id, out var members) ? CopysetText.TryParse(id, members)?.ReplicationFactor ?? 0 : 0;
        }

        if (known < factor)
        {
            _copysets[id] = CopysetText.Format(header.Copyset, factor, header.Topic);
            _changes.OnCopyset(id);
        }

        _factors[id] = Math.Max(known, factor);
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
