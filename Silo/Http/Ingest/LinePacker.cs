using System.Buffers;
using AllData.Errors;
using AllData.Events;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// Cuts bytes into lines and packs each, as it arrives, into the bytes of the next batch: one copy, one look at its JSON, no allocation for a valid
/// line. Memory is bounded by a batch and one line, whatever is sent.
/// </summary>
internal sealed class LinePacker(IngestLimits limits) : IDisposable
{
    private readonly EventBatchBuilder _events = new();
    private readonly List<long> _lines = [];
    private readonly List<LineFault> _faults = [];
    private long _lineBytes;
    private bool _isTooLong;

    /// <summary>Lines that have arrived whole, empty ones included.</summary>
    public long LinesSeen { get; private set; }

    /// <summary>Whether nothing more goes into the batch: <see cref="Cut"/> it first.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Whether there is something to answer: an event or a malformed line.</summary>
    public bool HasLines => _lines.Count + _faults.Count > 0;

    public int Events => _events.Count;

    /// <summary>Whether a part of a line waits for its rest.</summary>
    public bool IsInsideLine => _lineBytes > 0;

    /// <summary>Bytes that are kept here.</summary>
    public int HeldBytes => _events.Bytes + _events.Open.Length;

    /// <summary>Takes bytes until they, or the room in the batch, are used up.</summary>
    /// <returns>What was not taken.</returns>
    public ReadOnlySequence<byte> Take(ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsFull)
        {
            var piece = bytes.FirstSpan;
            bytes = bytes.Slice(TakePiece(piece));
        }

        return bytes;
    }

    /// <summary>Ends a last line that has no line end; false when the batch has no room for it and must be cut first.</summary>
    public bool TryEnd() => !IsInsideLine || TryEndLine();

    /// <summary>Takes the batch out. A line that has only come in part stays.</summary>
    /// <param name="keys">A key for each event; empty when none could be had.</param>
    public LineBatch Cut(ReadOnlySpan<EventKey> keys)
    {
        var batch = new LineBatch(_events.Count == 0 ? null : _events.Build(keys), [.. _lines], [.. _faults]);
        _lines.Clear();
        _faults.Clear();
        IsFull = false;
        return batch;
    }

    /// <summary>Keeps no buffer while nothing has arrived: many streams may be silent for long.</summary>
    public void Rest() => _events.TryRelease();

    public void Dispose() => _events.Dispose();

    private int TakePiece(ReadOnlySpan<byte> piece)
    {
        var taken = 0;
        while (taken < piece.Length && !IsFull)
        {
            var rest = piece[taken..];
            var length = rest.IndexOf((byte)'\n');
            if (length < 0)
            {
                Append(rest);
                return piece.Length;
            }

            Append(rest[..length]);
            taken += length;
            if (TryEndLine())
            {
                taken++;
            }
        }

        return taken;
    }

    private void Append(ReadOnlySpan<byte> part)
    {
        _lineBytes += part.Length;

        // One more than an event may have: it may turn out to be the line end's carriage return. Before the first line there may be a mark, too.
        _isTooLong |= _lineBytes > limits.EventBytes + 1L + (LinesSeen == 0 ? JsonCheck.ByteOrderMark.Length : 0);
        if (_isTooLong)
        {
            _events.Discard();
        }
        else
        {
            _events.Append(part);
        }
    }

    private bool TryEndLine()
    {
        TakeOffMark();
        var line = _events.Open;
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        if (_events.Count > 0 && _events.Bytes + PackedEvent.Overhead + line.Length > limits.BatchBytes)
        {
            IsFull = true;
            return false;
        }

        LinesSeen++;
        Settle(line);
        _lineBytes = 0;
        _isTooLong = false;
        IsFull = _lines.Count + _faults.Count >= limits.BatchEvents;
        return true;
    }

    /// <summary>A byte order mark at the start belongs to the file, as some editors write it, and not to its first event.</summary>
    private void TakeOffMark()
    {
        if (LinesSeen == 0 && _events.Open.StartsWith(JsonCheck.ByteOrderMark))
        {
            var rest = _events.Open[JsonCheck.ByteOrderMark.Length..].ToArray();
            _lineBytes -= JsonCheck.ByteOrderMark.Length;
            _events.Discard();
            _events.Append(rest);
        }
    }

    private void Settle(ReadOnlySpan<byte> line)
    {
        if (_isTooLong || line.Length > limits.EventBytes)
        {
            AddFault(new EventTooLargeException(
                $"The line has {_lineBytes} bytes; an event has at most {limits.EventBytes}. Split it, or raise AllData:Limits:MaxEventBytes.",
                limits.EventBytes, _lineBytes));
        }
        else if (line.IsEmpty)
        {
            _events.Discard();
        }
        else if (JsonCheck.FindFault(line) is { } fault)
        {
            AddFault(new InvalidEventException($"{fault} Each line is one JSON value (RFC 8259)."));
        }
        else
        {
            _events.Commit(line.Length);
            _lines.Add(LinesSeen);
        }
    }

    private void AddFault(PutException error)
    {
        _events.Discard();
        _faults.Add(new LineFault(LinesSeen, error));
    }
}

/// <summary>The bounds of a batch.</summary>
/// <param name="EventBytes">Most bytes of an event.</param>
/// <param name="BatchEvents">Most lines of a batch.</param>
/// <param name="BatchBytes">Most bytes of a batch, unless a single event has more.</param>
internal sealed record IngestLimits(int EventBytes, int BatchEvents, int BatchBytes);

/// <summary>A malformed line.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Error">Why.</param>
internal readonly record struct LineFault(long Line, PutException Error);

/// <summary>Lines that are put together.</summary>
/// <param name="Events">Their events; null when there are none.</param>
/// <param name="Lines">The line number of each event.</param>
/// <param name="Faults">The malformed lines among them, ascending.</param>
internal sealed record LineBatch(EventBatch? Events, long[] Lines, LineFault[] Faults)
{
    /// <summary>Bytes that it keeps in memory.</summary>
    public int Bytes => Events?.Records.Length ?? 0;
}
