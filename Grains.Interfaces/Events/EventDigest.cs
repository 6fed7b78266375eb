using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json.Serialization;

namespace AllData.Events;

/// <summary>
/// 128 bits over an event's key and payload (XXH128, xxHash 0.8), seeded with its topic if it has one. It guards against accident, not
/// against an adversary. Digests add up (modulo 2^128), so that the sum over a set of events does not depend on their order.
/// </summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = false), Immutable, Alias("AllData.EventDigest")]
[JsonConverter(typeof(EventDigestJsonConverter))]
public readonly record struct EventDigest
{
    /// <summary>Bytes of the binary form.</summary>
    public const int BinaryLength = 16;

    [Id(0)]
    private readonly ulong _upper;

    [Id(1)]
    private readonly ulong _lower;

    /// <summary>Wraps a value.</summary>
    public EventDigest(UInt128 value)
    {
        _upper = (ulong)(value >> 64);
        _lower = (ulong)value;
    }

    /// <summary>The 128 bits as a number.</summary>
    public UInt128 Value => new(_upper, _lower);

    /// <summary>The digest of bytes: for an event, its key in binary form directly followed by its payload.</summary>
    public static EventDigest Of(ReadOnlySpan<byte> bytes) => new(XxHash128.HashToUInt128(bytes));

    /// <summary>The digest of the bytes of an event of a topic, by the topic's seed; 0 is that of no topic.</summary>
    internal static EventDigest Of(ReadOnlySpan<byte> bytes, long seed) => new(XxHash128.HashToUInt128(bytes, seed));

    /// <summary>The digest of an event whose key and payload are not adjacent.</summary>
    public static EventDigest Of(EventKey key, ReadOnlySpan<byte> payload) => Of(key, payload, topic: null);

    /// <summary>The digest of an event with a topic, or without. Under another topic, the same bytes are another event.</summary>
    public static EventDigest Of(EventKey key, ReadOnlySpan<byte> payload, Topic? topic)
    {
        Span<byte> keyBytes = stackalloc byte[EventKey.BinaryLength];
        key.WriteTo(keyBytes);
        var hash = new XxHash128(topic?.Seed ?? 0);
        hash.Append(keyBytes);
        hash.Append(payload);
        return new EventDigest(hash.GetCurrentHashAsUInt128());
    }

    /// <summary>Reads the binary form (big-endian).</summary>
    public static EventDigest ReadFrom(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes the binary form (big-endian).</summary>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>The sum modulo 2^128.</summary>
    public static EventDigest operator +(EventDigest left, EventDigest right) => new(unchecked(left.Value + right.Value));

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32");
}
