namespace AllData.Events;

/// <summary>
/// Many events as one packed run of bytes (<see cref="PackedEvent"/>), which Orleans carries at the cost of one array instead of one object per
/// event. Either all events have their keys (reserved before, or imported) or none has.
/// </summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = false), Immutable, Alias("AllData.EventBatch")]
public sealed class EventBatch
{
    [Id(0)]
    private readonly byte[] _records;

    internal EventBatch(byte[] records, int count, bool hasKeys)
    {
        _records = records;
        Count = count;
        HasKeys = hasKeys;
    }

    /// <summary>Number of events.</summary>
    [Id(1)]
    public int Count { get; }

    /// <summary>Whether the events carry given keys; otherwise the coordinator issues them.</summary>
    [Id(2)]
    public bool HasKeys { get; }

    /// <summary>The store that the events are meant for; another one refuses them. Null: any store that receives them.</summary>
    [Id(3)]
    public Guid? Store { get; init; }

    /// <summary>The packed records.</summary>
    public ReadOnlyMemory<byte> Records => _records;

    /// <summary>Walks the events in the order in which they were given.</summary>
    public PackedEventReader GetReader() => new(_records);

    /// <summary>Packs events whose keys the coordinator is to issue.</summary>
    public static EventBatch Of(IReadOnlyCollection<EventPayload> events) =>
        Pack(events, static e => default, static e => e, hasKeys: false);

    /// <summary>Packs events under given keys.</summary>
    public static EventBatch OfKeyed(IReadOnlyCollection<KeyValuePair<EventKey, EventPayload>> events) =>
        Pack(events, static e => e.Key, static e => e.Value, hasKeys: true);

    /// <summary>Wraps records that are packed already, without copying them.</summary>
    /// <param name="records">Whole records, one after the other; they must not be changed any more.</param>
    /// <param name="count">The number of records.</param>
    /// <param name="hasKeys">Whether they carry given keys.</param>
    /// <param name="store">The store that they are meant for; null: any store that receives them.</param>
    internal static EventBatch OfRecords(byte[] records, int count, bool hasKeys, Guid? store) => new(records, count, hasKeys) { Store = store };

    private static EventBatch Pack<T>(IReadOnlyCollection<T> events, Func<T, EventKey> key, Func<T, EventPayload> payload, bool hasKeys)
    {
        ArgumentNullException.ThrowIfNull(events);
        var records = new byte[events.Sum(e => (long)PackedEvent.Overhead + payload(e).Length)];
        var offset = 0;
        foreach (var e in events)
        {
            offset += PackedEvent.Write(records.AsSpan(offset), key(e), payload(e).Bytes);
        }

        return new EventBatch(records, events.Count, hasKeys);
    }
}
