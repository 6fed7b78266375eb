using System.Buffers;
using AllData.Events;
using AllData.Reading;

namespace AllData.Protocol.Scans;

/// <summary>
/// Gathers the events of a page, bounded in bytes and events. A record that begins below the bound is taken whole. Used for one page after the
/// other.
/// </summary>
internal sealed class EventPageWriter
{
    private readonly ArrayBufferWriter<byte> _records;
    private readonly PageTopicsBuilder _topics = new();
    private readonly PageArrivals _arrivals = new();
    private readonly int _maxBytes;
    private long _maxEvents;

    /// <summary>Begins with an empty page.</summary>
    /// <param name="maxBytes">Bytes after which a page is full, at least 1.</param>
    /// <param name="maxEvents">Events after which the first page is full; a last key in conflict may bring more.</param>
    public EventPageWriter(int maxBytes, long maxEvents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _maxBytes = maxBytes;
        _records = new ArrayBufferWriter<byte>(maxBytes);
        Restart(maxEvents);
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

    /// <summary>The topics of the events so far; null: none has one.</summary>
    public PageTopics? Topics => _topics.Result;

    /// <summary>For each event so far its position, if it is late, otherwise <c>default</c>; empty: none is late.</summary>
    public ReadOnlySpan<EventKey> Arrivals => _arrivals.Result;

    /// <summary>The packed records so far.</summary>
    public ReadOnlySpan<byte> Records => _records.WrittenSpan;

    /// <summary>Begins the next page.</summary>
    /// <param name="maxEvents">Events after which it is full, at least 1.</param>
    public void Restart(long maxEvents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEvents, 1);
        _maxEvents = maxEvents;
        _records.ResetWrittenCount();
        Count = 0;
        LastKey = null;
        Conflicts.Clear();
        _topics.Clear();
        _arrivals.Clear();
    }

    /// <summary>Adds records that follow all others.</summary>
    /// <param name="records">The records.</param>
    /// <param name="count">How many.</param>
    /// <param name="lastKey">The key of the last.</param>
    /// <param name="topic">Their topic; null: they have none.</param>
    /// <param name="arrival">The position of the first, if they are late; the others follow directly.</param>
    internal void Add(ReadOnlySpan<byte> records, int count, EventKey lastKey, Topic? topic, EventKey? arrival = null)
    {
        _records.Write(records);
        _arrivals.Add(arrival, count);
        _topics.Add(topic, count);
        Count += count;
        LastKey = lastKey;
    }
}
