using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using AllData.Events;
using AllData.Replication;

namespace AllData.Remote.Http.Messages;

/// <summary>Writes one value of a list.</summary>
internal delegate void WriteValue<in T>(PeerMessageWriter writer, T value);

/// <summary>Writes the fields of a head, as docs/peer-protocol.md describes them.</summary>
internal sealed class PeerMessageWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(64);

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>Yes or no.</summary>
    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>How many: 7 bits a byte, the lowest first, the highest bit set where another byte follows (LEB128).</summary>
    public void Count(int value) => Variable((uint)value);

    /// <summary>A number that may be negative: zigzag, then like a count.</summary>
    public void Number(long value) => Variable((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>A hash: 8 bytes, little-endian.</summary>
    public void Hash(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    /// <summary>A minute: its number.</summary>
    public void Minute(UnixMinute value) => Number(value.Value);

    /// <summary>A copyset's id: a hash.</summary>
    public void CopysetId(CopysetId value) => Hash(value.Value);

    /// <summary>A key: its binary form.</summary>
    public void Key(EventKey value)
    {
        value.WriteTo(_buffer.GetSpan(EventKey.BinaryLength));
        _buffer.Advance(EventKey.BinaryLength);
    }

    /// <summary>A digest: its binary form.</summary>
    public void Digest(EventDigest value)
    {
        value.WriteTo(_buffer.GetSpan(EventDigest.BinaryLength));
        _buffer.Advance(EventDigest.BinaryLength);
    }

    /// <summary>A GUID: 16 bytes, big-endian.</summary>
    public void Guid(Guid value)
    {
        value.TryWriteBytes(_buffer.GetSpan(16), bigEndian: true, out _);
        _buffer.Advance(16);
    }

    /// <summary>Bytes with their number before them.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        _buffer.Write(value);
    }

    /// <summary>A text: its UTF-8 bytes with their number before them.</summary>
    public void Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    /// <summary>A topic as the last field: its text, or nothing.</summary>
    public void LastTopic(Topic? value)
    {
        if (value is { } topic)
        {
            Text(topic.Value);
        }
    }

    /// <summary>Values with their number before them; a list that was never set is empty.</summary>
    public void List<T>(ImmutableArray<T> values, WriteValue<T> write)
    {
        var list = values.IsDefault ? [] : values;
        Count(list.Length);
        foreach (var value in list)
        {
            write(this, value);
        }
    }

    private void Variable(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }
}
