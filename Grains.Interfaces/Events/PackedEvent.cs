using System.Buffers.Binary;

namespace AllData.Events;

/// <summary>
/// One record of a packed run of events: payload length (4 bytes, little-endian), key (12 bytes, <see cref="EventKey.WriteTo"/>),
/// payload. The same record lies in an <see cref="EventBatch"/>, in a block on the wire and in a block on disk.
/// </summary>
public readonly ref struct PackedEvent
{
    /// <summary>Bytes of a record beyond its payload.</summary>
    public const int Overhead = sizeof(int) + EventKey.BinaryLength;

    private readonly ReadOnlySpan<byte> _record;
    private readonly long _seed;

    internal PackedEvent(ReadOnlySpan<byte> record, long seed)
    {
        _record = record;
        _seed = seed;
    }

    /// <summary>The key; <c>default</c> in a batch whose keys are yet to be issued.</summary>
    public EventKey Key => EventKey.ReadFrom(_record[sizeof(int)..]);

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => _record[Overhead..];

    /// <summary>The digest over key and payload as they lie here, and the topic of the run if it has one.</summary>
    public EventDigest Digest => EventDigest.Of(_record[sizeof(int)..], _seed);

    /// <summary>Bytes of the whole record.</summary>
    public int Size => _record.Length;

    /// <summary>Writes a record.</summary>
    /// <param name="destination">At least <see cref="Overhead"/> + payload bytes.</param>
    /// <param name="key">The key.</param>
    /// <param name="payload">The payload.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, EventKey key, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, payload.Length);
        key.WriteTo(destination[sizeof(int)..]);
        payload.CopyTo(destination[Overhead..]);
        return Overhead + payload.Length;
    }
}

/// <summary>Walks a packed run of records: <c>while (reader.MoveNext()) use(reader.Current);</c></summary>
public ref struct PackedEventReader
{
    private readonly ReadOnlySpan<byte> _records;
    private readonly long _seed;
    private int _next;
    private int _current;

    /// <summary>Starts before the first record.</summary>
    /// <param name="records">Whole records, one after the other.</param>
    public PackedEventReader(ReadOnlySpan<byte> records)
        : this(records, topic: null)
    {
    }

    /// <summary>Starts before the first record of a run that is of one topic.</summary>
    /// <param name="records">Whole records, one after the other.</param>
    /// <param name="topic">Their topic; null: they have none.</param>
    internal PackedEventReader(ReadOnlySpan<byte> records, Topic? topic)
    {
        _records = records;
        _seed = topic?.Seed ?? 0;
        _next = 0;
        _current = 0;
    }

    /// <summary>The record that the last successful <see cref="MoveNext"/> found.</summary>
    public readonly PackedEvent Current => new(_records[_current.._next], _seed);

    /// <summary>Where the current record begins, in bytes from the start of the run.</summary>
    public readonly int Offset => _current;

    /// <summary>Moves on; false at the end.</summary>
    /// <exception cref="FormatException">The run is cut off or a length is not possible.</exception>
    public bool MoveNext()
    {
        if (_next == _records.Length)
        {
            return false;
        }

        var rest = _records.Length - _next;
        var length = rest < PackedEvent.Overhead ? -1 : BinaryPrimitives.ReadInt32LittleEndian(_records[_next..]);

        // Compared as a difference: a length near int.MaxValue would overflow a sum and pass.
        if (length < 0 || length > rest - PackedEvent.Overhead)
        {
            throw new FormatException($"The packed run of events is cut off or damaged at byte {_next} of {_records.Length}.");
        }

        _current = _next;
        _next += PackedEvent.Overhead + length;
        return true;
    }
}
