using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using AllData.Events;
using AllData.Replication;

namespace AllData.Remote.Http.Messages;

/// <summary>Reads one value of a list.</summary>
internal delegate T ReadValue<out T>(ref PeerMessageReader reader);

/// <summary>
/// Reads the fields of a head. Whatever the bytes are, nothing is thrown but a <see cref="PeerProtocolException"/>, and nothing is allocated for what the
/// bytes that are there could not be.
/// </summary>
internal ref struct PeerMessageReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Refuses bytes behind the last field: another version would be told by its number.</summary>
    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new PeerProtocolException($"{_rest.Length} bytes behind the last field of a head.");
        }
    }

    /// <summary>Whether the head ends here: fields that an earlier version does not have come last.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>A topic, or null where the head ends: one form for each, and none behind it where there is no topic, as before there were any.</summary>
    public Topic? LastTopic() => _rest.IsEmpty ? null
        : Topic.TryParse(Text(), out var topic) ? topic
        : throw new PeerProtocolException("A text that is no topic.");

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>Yes or no.</summary>
    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new PeerProtocolException($"{other} is neither yes (1) nor no (0)."),
    };

    /// <summary>One of the values 0 to <paramref name="last"/>.</summary>
    public byte OneOf(byte last) => Byte() is var value && value <= last ? value : throw new PeerProtocolException($"{value} is none of 0 to {last}.");

    /// <summary>How many.</summary>
    public int Count() => Variable() is var value && value <= int.MaxValue ? (int)value : throw new PeerProtocolException($"{value} is too much for a count.");

    /// <summary>A number that may be negative.</summary>
    public long Number()
    {
        var value = Variable();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number of 32 bits.</summary>
    public int Number32() => Number() is var value && value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw new PeerProtocolException($"{value} is beyond a number of 32 bits.");

    /// <summary>A hash.</summary>
    public long Hash() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>A minute.</summary>
    public UnixMinute Minute() => new(Number());

    /// <summary>A copyset's id.</summary>
    public CopysetId CopysetId() => new(Hash());

    /// <summary>A key.</summary>
    public EventKey Key() => EventKey.TryReadFrom(Take(EventKey.BinaryLength), out var key)
        ? key
        : throw new PeerProtocolException("12 bytes that are no key.");

    /// <summary>A digest.</summary>
    public EventDigest Digest() => EventDigest.ReadFrom(Take(EventDigest.BinaryLength));

    /// <summary>A GUID.</summary>
    public Guid Guid() => new(Take(16), bigEndian: true);

    /// <summary>Bytes.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(Count());

    /// <summary>A text.</summary>
    public string Text()
    {
        var utf8 = Bytes();
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new PeerProtocolException($"{utf8.Length} bytes that are no UTF-8.", e);
        }
    }

    /// <summary>Values with their number before them.</summary>
    /// <param name="least">Bytes of the shortest value: more values than would fit are not believed.</param>
    /// <param name="read">Reads one.</param>
    public ImmutableArray<T> List<T>(int least, ReadValue<T> read)
    {
        var count = Count();
        if (count > _rest.Length / least)
        {
            throw new PeerProtocolException($"A list of {count} values of {least} bytes at least, in {_rest.Length} bytes.");
        }

        var values = ImmutableArray.CreateBuilder<T>(count);
        for (var i = 0; i < count; i++)
        {
            values.Add(read(ref this));
        }

        return values.MoveToImmutable();
    }

    // One form for each value, so that equal messages are equal bytes.
    private ulong Variable()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (next == 0 && shift > 0) || (shift == 63 && next > 1)
                    ? throw new PeerProtocolException("A number that is not in its shortest form.")
                    : value;
            }
        }

        throw new PeerProtocolException("A number of more than 64 bits.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw new PeerProtocolException($"A head that ends {length - _rest.Length} bytes too early.");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
