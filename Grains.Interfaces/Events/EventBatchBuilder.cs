using System.Buffers;
using System.Buffers.Binary;

namespace AllData.Events;

/// <summary>
/// Packs events into the bytes of an <see cref="EventBatch"/> as they arrive, piece by piece: an event may come in several parts, and its bytes can
/// be looked at, kept or dropped before it belongs to the batch. Allocates nothing per event. Not for several threads.
/// </summary>
public sealed class EventBatchBuilder : IDisposable
{
    private const int SmallestBuffer = 4_096;

    private byte[] _buffer = [];
    private int _length;
    private int _openLength;

    /// <summary>Events in the batch so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of their records, each <see cref="PackedEvent.Overhead"/> larger than its payload.</summary>
    public int Bytes => _length;

    /// <summary>What has been appended to the event that is being written. It is the builder's memory: look at it before the next call.</summary>
    public ReadOnlySpan<byte> Open => _openLength == 0 ? [] : _buffer.AsSpan(_length + PackedEvent.Overhead, _openLength);

    /// <summary>Appends to the payload of the event that is being written.</summary>
    /// <param name="part">Any number of bytes.</param>
    public void Append(ReadOnlySpan<byte> part)
    {
        Reserve(_length + PackedEvent.Overhead + _openLength + part.Length);
        part.CopyTo(_buffer.AsSpan(_length + PackedEvent.Overhead + _openLength));
        _openLength += part.Length;
    }

    /// <summary>Makes the event that was being written the next one of the batch.</summary>
    /// <param name="payloadLength">How many of its bytes are the payload; the others are dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer bytes have been appended.</exception>
    public void Commit(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadLength, _openLength);
        Reserve(_length + PackedEvent.Overhead);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length), payloadLength);
        default(EventKey).WriteTo(_buffer.AsSpan(_length + sizeof(int)));
        _length += PackedEvent.Overhead + payloadLength;
        _openLength = 0;
        Count++;
    }

    /// <summary>Drops the event that was being written.</summary>
    public void Discard() => _openLength = 0;

    /// <summary>Takes the committed events out as a batch and starts a new one with the event that is being written.</summary>
    /// <param name="keys">A key for each event, in their order; empty if the coordinator is to issue them.</param>
    /// <exception cref="ArgumentException">There are more or fewer keys than events.</exception>
    public EventBatch Build(ReadOnlySpan<EventKey> keys = default)
    {
        if (!keys.IsEmpty && keys.Length != Count)
        {
            throw new ArgumentException($"{keys.Length} keys for {Count} events: give one for each, or none.", nameof(keys));
        }

        var records = GC.AllocateUninitializedArray<byte>(_length);
        _buffer.AsSpan(0, _length).CopyTo(records);
        WriteKeys(records, keys);
        var batch = new EventBatch(records, Count, hasKeys: !keys.IsEmpty);
        StartAnew();
        return batch;
    }

    /// <summary>Gives the buffer back while it is empty, so that a waiting builder occupies no memory.</summary>
    /// <returns>Whether it was empty.</returns>
    public bool TryRelease()
    {
        if (_length + _openLength > 0)
        {
            return false;
        }

        Return(_buffer);
        _buffer = [];
        return true;
    }

    /// <summary>Gives the buffer back; its content is gone.</summary>
    public void Dispose()
    {
        (_length, _openLength, Count) = (0, 0, 0);
        TryRelease();
    }

    private static void WriteKeys(byte[] records, ReadOnlySpan<EventKey> keys)
    {
        var offset = 0;
        foreach (var key in keys)
        {
            key.WriteTo(records.AsSpan(offset + sizeof(int)));
            offset += PackedEvent.Overhead + BinaryPrimitives.ReadInt32LittleEndian(records.AsSpan(offset));
        }
    }

    private void StartAnew()
    {
        Open.CopyTo(_openLength == 0 ? [] : _buffer.AsSpan(PackedEvent.Overhead));
        (_length, Count) = (0, 0);
    }

    private void Reserve(int size)
    {
        if (size <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(size, Math.Max(SmallestBuffer, (int)Math.Min(2L * _buffer.Length, Array.MaxLength))));
        _buffer.AsSpan(0, Math.Min(_buffer.Length, _length + PackedEvent.Overhead + _openLength)).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
