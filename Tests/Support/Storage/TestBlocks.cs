using AllData.Encryption;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Tests.Support;

/// <summary>Forms blocks for storage tests.</summary>
internal static class TestBlocks
{
    /// <summary>The cluster that they belong to.</summary>
    public static readonly Guid Cluster = new("7e57b10c-0000-4000-8000-000000000001");

    /// <summary>2026-01-05 12:00 UTC, the beginning of a minute.</summary>
    public const long Noon = 1_767_614_400_000;

    private static long LastSequence;

    /// <summary>A key a number of milliseconds after noon.</summary>
    public static EventKey Key(long milliseconds, int sequence = 0, int ordinal = 1) =>
        EventKey.Create(Noon + milliseconds, ordinal, sequence);

    /// <summary>A block id that no other test uses.</summary>
    public static BlockId NewId() => new(1, 1, Interlocked.Increment(ref LastSequence));

    /// <summary>A block with one event for each key, whose payload is a text.</summary>
    public static Block Of(params (EventKey Key, string Payload)[] events) => Form(NewId(), given: false, events);

    /// <summary>A block with one event.</summary>
    public static Block One(long milliseconds, string payload = "one") => Of((Key(milliseconds), payload));

    /// <summary>A block whose keys were given.</summary>
    public static Block Given(params (EventKey Key, string Payload)[] events) => Form(NewId(), given: true, events);

    /// <summary>A block of a topic.</summary>
    /// <param name="topic">The topic; null: none.</param>
    /// <param name="events">Its events.</param>
    public static Block OfTopic(string? topic, params (EventKey Key, string Payload)[] events) => OfTopic(topic, given: false, events);

    /// <summary>A block of a topic whose keys were given, or not.</summary>
    public static Block OfTopic(string? topic, bool given, params (EventKey Key, string Payload)[] events) => Form(
        NewId(), given, [.. events.OrderBy(e => e.Key).Select(e => new KeyedEvent(e.Key, EventPayload.FromText(e.Payload).Bytes))], Cluster, copies: 3,
        [1, 2, 3],
        topic is null ? null : Topic.Parse(topic));

    /// <summary>A block of late events.</summary>
    /// <param name="arrival">The position of the first.</param>
    /// <param name="topic">Their topic; null: none.</param>
    /// <param name="events">The events.</param>
    public static Block Late(EventKey arrival, string? topic, params (EventKey Key, string Payload)[] events) => Form(
        NewId() with { Ordinal = arrival.Ordinal }, given: true,
        [.. events.OrderBy(e => e.Key).Select(e => new KeyedEvent(e.Key, EventPayload.FromText(e.Payload).Bytes))], Cluster, copies: 3, [1, 2, 3],
        topic is null ? null : Topic.Parse(topic),
        arrival);

    /// <summary>The bytes of a block with some of its header changed, and the digest as if it had been formed like that.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offset">Where in the header.</param>
    /// <param name="hex">What is written there.</param>
    public static byte[] Forge(Block block, int offset, string hex)
    {
        var bytes = block.Bytes.Bytes.ToArray();
        Convert.FromHexString(hex).CopyTo(bytes, offset);
        EventDigest.Of(bytes.AsSpan(24)).WriteTo(bytes.AsSpan(8));
        return bytes;
    }

    /// <summary>A block with one event, encrypted.</summary>
    /// <param name="key">The encryption key.</param>
    /// <param name="milliseconds">When.</param>
    /// <param name="payload">What was put.</param>
    /// <param name="change">Changes the stored payload before the block is formed.</param>
    public static Block Encrypted(PayloadKey key, long milliseconds, string payload, Action<byte[]>? change = null)
    {
        KeyedEvent[] events = [new(Key(milliseconds), EventPayload.FromText(payload).Bytes)];
        new PayloadEncoder(new TestKeys(key)).Encode(events);
        var stored = events[0].Payload.ToArray();
        change?.Invoke(stored);
        return Form(NewId(), given: false, [new KeyedEvent(events[0].Key, stored)], Cluster, copies: 3, [1, 2, 3]);
    }

    /// <summary>A block as its header and events say; the events in any order.</summary>
    public static Block Form(
        BlockId id, bool given, (EventKey Key, string Payload)[] events, Guid? cluster = null, int copies = 3, params int[] copyset)
    {
        var ascending = events.OrderBy(e => e.Key).Select(e => new KeyedEvent(e.Key, EventPayload.FromText(e.Payload).Bytes)).ToArray();
        return Form(id, given, ascending, cluster ?? Cluster, copies, copyset.Length == 0 ? [1, 2, 3] : copyset);
    }

    private static Block Form(BlockId id, bool given, KeyedEvent[] ascending, Guid cluster, int copies, int[] copyset, Topic? topic = null,
        EventKey? arrival = null)
    {
        var header = new BlockHeader
        {
            ClusterId = cluster,
            Id = id,
            UnixMinute = ascending[0].Key.UnixMinute,
            HasSuppliedKeys = given,
            ReplicationFactor = copies,
            TopologyVersion = 1,
            Copyset = new Copyset(copyset),
            Topic = topic,
            Arrival = arrival,
        };
        return BlockCodec.Encode(header, ascending);
    }
}
