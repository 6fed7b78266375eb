using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>Where some of the blocks of an interval are listed besides: by topic, and by arrival. For one thread at a time.</summary>
internal sealed class BlockListings
{
    private readonly Dictionary<Topic, SortedSet<(UnixMinute Minute, CopysetId Bucket)>> _topics = [];
    private readonly List<LateRow> _late = [];

    /// <summary>Which buckets are of a topic.</summary>
    public IEnumerable<TopicRow> Topics => _topics.SelectMany(static topic => topic.Value.Select(row => new TopicRow(topic.Key, row.Minute, row.Bucket)));

    /// <summary>The blocks of late events, by arrival.</summary>
    public IReadOnlyList<LateRow> Late => _late;

    /// <summary>The rows of a block.</summary>
    public static (TopicRow? Topic, LateRow? Late) Of(BlockHeader header, int number) => (
        header.Topic is { } topic ? new TopicRow(topic, header.UnixMinute, header.BucketId) : null,
        header.Arrival is { } arrival
            ? new LateRow(arrival, number, ArrivalKeys.Last(arrival, header.EventCount), header.FirstKey, header.LastKey, header.EventCount)
            : null);

    /// <summary>Adds a row; false when it is there.</summary>
    public bool Add(TopicRow row)
    {
        if (!_topics.TryGetValue(row.Topic, out var rows))
        {
            // By minute, then bucket: the types compare so.
            _topics.Add(row.Topic, rows = []);
        }

        return rows.Add((row.Minute, row.Bucket));
    }

    /// <summary>Adds a row; false when it is there.</summary>
    public bool Add(LateRow row)
    {
        var place = _late.BinarySearch(row);
        if (place >= 0)
        {
            return false;
        }

        _late.Insert(~place, row);
        return true;
    }

    /// <summary>The buckets of a topic in a run of minutes, by minute.</summary>
    public IEnumerable<(UnixMinute Minute, CopysetId Bucket)> BucketsOf(Topic topic, UnixMinute from, UnixMinute to) =>
        from < to && _topics.TryGetValue(topic, out var rows)
            ? rows.GetViewBetween((from, new CopysetId(long.MinValue)), (to.Previous(), new CopysetId(long.MaxValue)))
            : [];

    /// <summary>Where a block should be listed and is not; null when it is where it belongs.</summary>
    public string? FindMissing(BlockHeader header, int number)
    {
        var (topic, late) = Of(header, number);
        return topic is { } row && !(_topics.TryGetValue(row.Topic, out var rows) && rows.Contains((row.Minute, row.Bucket)))
            ? $"under its topic {header.Topic}"
            : late is { } lateRow && !(_late.BinarySearch(lateRow) is >= 0 and var place && _late[place] == lateRow) ? $"under its arrival {header.Arrival}"
            : null;
    }

    /// <summary>Forgets all that is said of a minute.</summary>
    public void Forget(UnixMinute minute)
    {
        foreach (var (topic, rows) in _topics.ToList())
        {
            rows.RemoveWhere(row => row.Minute == minute);
            if (rows.Count == 0)
            {
                _topics.Remove(topic);
            }
        }

        _late.RemoveAll(row => row.First.UnixMinute == minute);
    }

    /// <summary>Adds the blocks of a range by arrival, one more than are requested if there are as many.</summary>
    public void List(LateRange range, List<LateBlock> blocks)
    {
        var place = _late.BinarySearch(new LateRow(ArrivalKeys.LowestFirst(range.After), 0, default, default, default, 0));
        var left = range.MaxBlocks + 1L;
        for (var i = place < 0 ? ~place : place; i < _late.Count && left > 0 && _late[i].Arrival <= range.UpTo; i++)
        {
            if (_late[i].LastArrival > range.After)
            {
                blocks.Add(new LateBlock(_late[i].Arrival, _late[i].Events, _late[i].First, _late[i].Last));
                left--;
            }
        }
    }
}
