using System.Buffers.Binary;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Scans;

/// <summary>A block that a merge has opened: a place among its records.</summary>
internal sealed class MergeBlock
{
    private readonly int _source;
    private readonly ReadOnlyMemory<byte> _records;
    private readonly EventKey _last;
    private int _offset;
    private readonly EventKey? _arrival;
    private readonly int _count;
    private int _remaining;

    /// <summary>Stands before the first record; <see cref="SkipTo"/> comes first.</summary>
    public MergeBlock(int source, BlockOutline outline)
    {
        _source = source;
        _records = outline.Records;
        _last = outline.Last;
        (_arrival, _count, _remaining) = (outline.Arrival, outline.EventCount, outline.EventCount);
        Digest = outline.Digest;
        Id = outline.Id;
        Topic = outline.Topic;
    }

    /// <summary>Digest of all its bytes.</summary>
    public EventDigest Digest { get; }

    public BlockId Id { get; }

    /// <summary>The topic of its events; null: they have none.</summary>
    public Topic? Topic { get; }

    /// <summary>The position of the record that comes next, if the events are late.</summary>
    public EventKey? Arrival => _arrival is { } first ? ArrivalKeys.At(first, _count - _remaining) : null;

    /// <summary>Whether a record is left.</summary>
    public bool HasCurrent => _remaining > 0;

    /// <summary>Key of the record that comes next.</summary>
    public EventKey Key { get; private set; }

    /// <summary>The record that comes next.</summary>
    public ReadOnlyMemory<byte> Record => _records.Slice(_offset, SizeAt(_offset));

    /// <summary>Passes over the records before a key.</summary>
    /// <exception cref="MergeSourceException">The records are not those that the header speaks of.</exception>
    public void SkipTo(EventKey from)
    {
        while (HasCurrent && (Key = KeyAt(_offset)) < from)
        {
            Step();
        }
    }

    public void Advance()
    {
        Step();
        if (HasCurrent)
        {
            Key = KeyAt(_offset);
        }
    }

    /// <summary>Hands a page the records before a key, as far as it has room.</summary>
    public void WriteRun(EventKey before, EventPageWriter page)
    {
        if (_last < before && _records.Length - _offset <= page.RoomBytes && _remaining <= page.RoomEvents)
        {
            // The usual case where blocks do not overlap: what is left goes as it lies, without a look at each record.
            page.Add(_records.Span[_offset..], _remaining, _last, Topic, Arrival);
            _remaining = 0;
            return;
        }

        var (start, count, last, arrival) = (_offset, 0, Key, Arrival);
        while (HasCurrent && Key < before && _offset - start < page.RoomBytes && count < page.RoomEvents)
        {
            last = Key;
            count++;
            Advance();
        }

        page.Add(_records.Span[start.._offset], count, last, Topic, arrival);
    }

    private void Step()
    {
        _offset += SizeAt(_offset);
        _remaining--;
    }

    private EventKey KeyAt(int offset)
    {
        try
        {
            return EventKey.ReadFrom(_records.Span.Slice(offset + sizeof(int), EventKey.BinaryLength));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or FormatException)
        {
            throw CutOff();
        }
    }

    private int SizeAt(int offset)
    {
        var rest = _records.Length - offset;
        var length = rest < PackedEvent.Overhead ? -1 : BinaryPrimitives.ReadInt32LittleEndian(_records.Span[offset..]);
        return length >= 0 && length <= rest - PackedEvent.Overhead ? PackedEvent.Overhead + length : throw CutOff();
    }

    private MergeSourceException CutOff() =>
        new(_source, $"Block {Id} has fewer records than its header says: its coordinator formed it wrongly.");
}
