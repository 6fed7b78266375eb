using System.Buffers;
using AllData.Events;

namespace AllData.Protocol;

/// <summary>Gathers the events of a page, bounded in bytes and events. A record that begins below the bound is taken whole.</summary>
public sealed class EventPageWriter
{
    private readonly ArrayBufferWriter<byte> _records;
    private readonly int _maxBytes;
    private readonly long _maxEvents;

    /// <summary>Starts an empty page.</summary>
    /// <param name="maxBytes">Bytes after which it is full, at least 1.</param>
    /// <param name="maxEvents">Events after which it is full; a last key in conflict may bring more.</param>
    public EventPageWriter(int maxBytes, long maxEvents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEvents, 1);
        _maxBytes = maxBytes;
        _maxEvents = maxEvents;
        _records = new ArrayBufferWriter<byte>(maxBytes);
    }

    /// <summary>Whether no more is taken.</summary>
    public bool IsFull => RoomBytes <= 0 || RoomEvents <= 0;

    /// <summary>Bytes until it is full.</summary>
    public int RoomBytes => _maxBytes - _records.WrittenCount;

    /// <summary>Events until it is full.</summary>
    public long RoomEvents => _maxEvents - Count;

    /// <summary>Events so far.</summary>
    public int Count { get; private set; }

    /// <summary>Key of the last event; null in an empty page.</summary>
    public EventKey? LastKey { get; private set; }

    /// <summary>Keys that have several payloads, ascending.</summary>
    public List<EventKey> Conflicts { get; } = [];

    /// <summary>The packed records so far.</summary>
    public ReadOnlySpan<byte> Records => _records.WrittenSpan;

    /// <summary>Adds records that follow all others.</summary>
    internal void Add(ReadOnlySpan<byte> records, int count, EventKey lastKey)
    {
        _records.Write(records);
        Count += count;
        LastKey = lastKey;
    }
}
