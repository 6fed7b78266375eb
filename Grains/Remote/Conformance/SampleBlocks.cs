using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Remote.Conformance;

/// <summary>Blocks of which no two are alike, with keys of now.</summary>
internal sealed class SampleBlocks(Guid store, TimeProvider time)
{
    private const int Ordinal = EventKey.MaxOrdinal;
    private const int EventsOfBlock = 3;

    // An id, not a choice: nothing depends on it.
    private readonly int _incarnation = Math.Max(1, Guid.NewGuid().GetHashCode() & int.MaxValue);
    private readonly long _start = time.GetUtcNow().ToUnixTimeMilliseconds();
    private int _last;

    /// <summary>A copyset that no cluster uses.</summary>
    public static Copyset Members { get; } = new([Ordinal - 2, Ordinal - 1, Ordinal]);

    /// <summary>A block with three events of one millisecond.</summary>
    public Block Next()
    {
        var number = Interlocked.Increment(ref _last);
        var header = new BlockHeader
        {
            ClusterId = store,
            Id = new BlockId(Ordinal, _incarnation, number),
            UnixMinute = KeyOf(number, 0).UnixMinute,
            HasSuppliedKeys = false,
            ReplicationFactor = Members.Ordinals.Length,
            TopologyVersion = 1,
            Copyset = Members,
        };
        return BlockCodec.Encode(header, [.. Enumerable.Range(0, EventsOfBlock).Select(i => new KeyedEvent(
            KeyOf(number, i), EventPayload.FromText($$"""{"check":{{number}},"event":{{i}},"text":"Grüße"}""").Bytes))]);
    }

    /// <summary>A key under which nothing is put.</summary>
    public EventKey UnusedKey() => KeyOf(Interlocked.Increment(ref _last), 0);

    /// <summary>The events of a block.</summary>
    public static List<(EventKey Key, EventPayload Payload)> EventsOf(Block block)
    {
        var events = new List<(EventKey, EventPayload)>();
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            events.Add((reader.Current.Key, EventPayload.FromBytes(reader.Current.Payload.ToArray())));
        }

        return events;
    }

    // Backwards, so that no key lies ahead of any clock.
    private EventKey KeyOf(int number, int place) => EventKey.Create(_start - number, Ordinal, place);
}
