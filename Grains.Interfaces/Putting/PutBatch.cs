using AllData.Events;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>Events that travel together, from the first that joins to the last that is settled or sent again.</summary>
/// <param name="options">What all of them ask for.</param>
/// <param name="since">When the first of them was put, on the client's clock.</param>
/// <param name="expected">Events that are expected to join; more may.</param>
internal sealed class PutBatch(PutOptions? options, TimeSpan since, int expected)
{
    private readonly List<PutItem> _items = new(expected);
    private EventKey[]? _keys;

    /// <summary>What all of them ask for.</summary>
    public PutOptions? Options => options;

    /// <summary>When the first of them was put.</summary>
    public TimeSpan Since => since;

    /// <summary>Number of events.</summary>
    public int Count => _items.Count;

    /// <summary>Bytes of its records.</summary>
    public long PackedBytes { get; private set; }

    /// <summary>Bytes that its events are charged with.</summary>
    public long Charge { get; private set; }

    /// <summary>Whether its events have their keys: it has been under way before, and every further attempt uses the same.</summary>
    public bool HasKeys => _keys is not null;

    /// <summary>Attempts begun.</summary>
    public int Attempt { get; set; }

    /// <summary>The lane of its last attempt, which the next one avoids where it can.</summary>
    public Lane? LastLane { get; set; }

    /// <summary>When it may leave again.</summary>
    public TimeSpan NotBefore { get; set; }

    /// <summary>Whether an attempt ended so that copies may exist: then no later answer can say that nothing was written.</summary>
    public bool MayBeWritten { get; set; }

    /// <summary>Why its last attempt failed; null before the first.</summary>
    public Exception? LastFailure { get; set; }

    /// <summary>Adds an event that has no key yet.</summary>
    public void Add(PutItem item)
    {
        _items.Add(item);
        PackedBytes += item.PackedSize;
        Charge += item.Charge;
    }

    /// <summary>Gives each event its key, in their order.</summary>
    /// <param name="keys">As many as there are events.</param>
    public void Give(EventKey[] keys) => _keys = keys;

    /// <summary>An event.</summary>
    public PutItem ItemAt(int index) => _items[index];

    /// <summary>The key of an event; null when it has none.</summary>
    public EventKey? KeyAt(int index) => _keys?[index];

    /// <summary>A batch of some of these events under their keys, for the next attempt.</summary>
    /// <param name="indexes">Which.</param>
    public PutBatch Remaining(IReadOnlyList<int> indexes)
    {
        var rest = new PutBatch(options, since, indexes.Count)
        {
            Attempt = Attempt,
            LastLane = LastLane,
            MayBeWritten = MayBeWritten,
            _keys = _keys is { } keys ? [.. indexes.Select(index => keys[index])] : null,
        };
        foreach (var index in indexes)
        {
            rest.Add(_items[index]);
        }

        return rest;
    }

    /// <summary>The records under their keys, each payload copied once into the array that travels.</summary>
    public EventBatch Pack()
    {
        var records = new byte[PackedBytes];
        var offset = 0;
        for (var i = 0; i < _items.Count; i++)
        {
            offset += PackedEvent.Write(records.AsSpan(offset), _keys![i], _items[i].Payload);
        }

        return EventBatch.OfRecords(records, _items.Count, hasKeys: true);
    }
}
