using AllData.Events;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>What has changed in an index since it was last written down. For one thread at a time.</summary>
internal sealed class IndexChanges
{
    // New ones follow each other: a range of them costs nothing.
    private readonly HashSet<int> _others = [];
    private int _from = 1;
    private int _to;
    private readonly HashSet<(UnixMinute Minute, CopysetId Bucket)> _buckets = [];
    private readonly HashSet<CopysetId> _copysets = [];
    private readonly List<TopicRow> _topics = [];
    private readonly List<LateRow> _late = [];

    /// <summary>Numbers of entries.</summary>
    public IEnumerable<int> Entries => _others.Concat(Enumerable.Range(_from, _to - _from + 1)).Order();

    /// <summary>Buckets.</summary>
    public IReadOnlyCollection<(UnixMinute Minute, CopysetId Bucket)> Buckets => _buckets;

    /// <summary>Copysets.</summary>
    public IReadOnlyCollection<CopysetId> Copysets => _copysets;

    /// <summary>New rows of topics.</summary>
    public IReadOnlyList<TopicRow> Topics => _topics;

    /// <summary>New rows of late events.</summary>
    public IReadOnlyList<LateRow> Late => _late;

    /// <summary>Whether anything has changed.</summary>
    public bool Any => _to >= _from || _others.Count + _buckets.Count + _copysets.Count + _topics.Count + _late.Count > 0;

    /// <summary>An entry is new, another or gone.</summary>
    public void OnEntry(int number)
    {
        if (_to < _from)
        {
            (_from, _to) = (number, number);
        }
        else if (number == _to + 1)
        {
            _to = number;
        }
        else if (number < _from || number > _to)
        {
            _others.Add(number);
        }
    }

    /// <summary>A bucket is new, another or gone.</summary>
    public void OnBucket(UnixMinute minute, CopysetId bucket) => _buckets.Add((minute, bucket));

    /// <summary>The text of a copyset is new, another or gone.</summary>
    public void OnCopyset(CopysetId id) => _copysets.Add(id);

    /// <summary>A row is new.</summary>
    public void OnTopic(TopicRow row) => _topics.Add(row);

    /// <summary>A row is new.</summary>
    public void OnLate(LateRow row) => _late.Add(row);

    /// <summary>All of it is written down.</summary>
    public void Clear()
    {
        _others.Clear();
        (_from, _to) = (1, 0);
        _buckets.Clear();
        _copysets.Clear();
        _topics.Clear();
        _late.Clear();
    }
}
