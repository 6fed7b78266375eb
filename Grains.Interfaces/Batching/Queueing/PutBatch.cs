using AllData.Batching.Gateways;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Batching.Queueing;

/// <summary>Events that travel together, from the first that joins to the last that is completed or sent again.</summary>
/// <param name="options">What all of them request.</param>
/// <param name="since">When the first of them was put, on the client's clock.</param>
/// <param name="expected">Events that are expected to join; more may.</param>
internal sealed class PutBatch(PutOptions? options, TimeSpan since, int expected)
{
    private readonly List<PutItem> _items = new(expected);
    private EventKey[]? _keys;

    // Only if callers give the keys.
    private List<EventKey>? _given;

    // Only once an attempt has failed so.
    private bool[]? _mayBeWritten;

    /// <summary>What all of them request.</summary>
    public PutOptions? Options => options;

    /// <summary>Whether its events have a topic.</summary>
    public bool HasTopic => options?.Topic is not null;

    /// <summary>When the first of them was put.</summary>
    public TimeSpan Since => since;

    public int Count => _items.Count;

    /// <summary>Bytes of its records.</summary>
    public long PackedBytes { get; private set; }

    /// <summary>Bytes charged for its events.</summary>
    public long Charge { get; private set; }

    /// <summary>Whether its events have their keys: given ones, or those of the first attempt, which every further attempt uses.</summary>
    public bool HasKeys => _keys is not null || _given is not null;

    /// <summary>Whether the callers gave the keys; such events travel apart from those that have none yet.</summary>
    public bool IsGiven => _given is not null;

    public int Attempt { get; set; }

    /// <summary>The gateway of its last attempt, which the next one avoids if possible.</summary>
    public Gateway? LastLane { get; set; }

    /// <summary>When it may leave again.</summary>
    public TimeSpan NotBefore { get; set; }

    /// <summary>Why its last attempt failed; null before the first.</summary>
    public Exception? LastFailure { get; set; }

    /// <summary>Adds an event; either all events of a batch have given keys, or none.</summary>
    public void Add(PutItem item)
    {
        if (item.HasKey)
        {
            (_given ??= new List<EventKey>(expected)).Add(item.Key);
        }

        _items.Add(item);
        PackedBytes += item.PackedSize;
        Charge += item.Charge;
    }

    /// <summary>Gives each event its key, in their order.</summary>
    /// <param name="keys">As many as there are events.</param>
    public void Give(EventKey[] keys) => _keys = keys;

    public PutItem ItemAt(int index) => _items[index];

    /// <summary>The key of an event; null when it has none.</summary>
    public EventKey? KeyAt(int index) => _keys?[index] ?? _given?[index];

    /// <summary>Whether an earlier attempt may have left copies of the event.</summary>
    public bool MayBeWritten(int index) => _mayBeWritten?[index] ?? false;

    /// <summary>An attempt has failed for an event.</summary>
    public void NoteFailure(int index, Exception failure)
    {
        if (PutVerdict.MayBeWritten(MayBeWritten(index), failure))
        {
            (_mayBeWritten ??= new bool[_items.Count])[index] = true;
        }
    }

    /// <summary>An attempt has failed for all events.</summary>
    public void NoteFailure(Exception failure)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            NoteFailure(i, failure);
        }
    }

    /// <summary>A batch of some of these events under their keys, for the next attempt.</summary>
    /// <param name="indexes">Which.</param>
    public PutBatch Remaining(IReadOnlyList<int> indexes)
    {
        var rest = new PutBatch(options, since, indexes.Count)
        {
            Attempt = Attempt,
            LastLane = LastLane,
            _mayBeWritten = _mayBeWritten is { } may ? [.. indexes.Select(index => may[index])] : null,
            _keys = _keys is { } keys ? [.. indexes.Select(index => keys[index])] : null,
        };
        foreach (var index in indexes)
        {
            rest.Add(_items[index]);
        }

        return rest;
    }

    /// <summary>The keys came from a gateway of another store: the next attempt takes new ones. Not if copies may exist under them.</summary>
    public void ForgetKeys()
    {
        if (_mayBeWritten is null)
        {
            _keys = null;
        }
    }

    /// <summary>The records under their keys, each payload copied once into the array that travels.</summary>
    /// <param name="store">The store that they are meant for.</param>
    public EventBatch Pack(Guid? store)
    {
        var records = new byte[PackedBytes];
        var offset = 0;
        for (var i = 0; i < _items.Count; i++)
        {
            offset += PackedEvent.Write(records.AsSpan(offset), KeyAt(i)!.Value, _items[i].Payload);
        }

        return EventBatch.OfRecords(records, _items.Count, hasKeys: true, store);
    }
}
