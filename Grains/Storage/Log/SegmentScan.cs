using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Log;

/// <summary>A record that was found, with its body.</summary>
internal readonly ref struct FoundRecord(in LogRecord record, long offset, ReadOnlySpan<byte> body, bool isIntact)
{
    /// <summary>The head.</summary>
    public LogRecord Record { get; } = record;

    /// <summary>Where it begins.</summary>
    public long Offset { get; } = offset;

    /// <summary>The body, until the next record is read.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>Whether the body is what the head says.</summary>
    public bool IsIntact { get; } = isIntact;
}

/// <summary>Receives what lies in a file, in order.</summary>
internal interface IRecordVisitor
{
    /// <summary>A record.</summary>
    void OnRecord(FoundRecord found);

    /// <summary>Bytes that are no record, with another record behind them.</summary>
    void OnGap(long from, long to);
}

/// <summary>Reads the records of a file one after the other; other bytes are passed over, up to the next one. For one thread.</summary>
internal sealed class SegmentScan(ILogFile file, ulong seed)
{
    private const int WindowLength = 4 << 20;
    private const int Step = 8;

    private byte[] _window = new byte[WindowLength];
    private long _start;
    private int _length;

    /// <summary>Reads the records from a place on; returns where the last one ends.</summary>
    /// <param name="from">Where the first one begins.</param>
    /// <param name="to">Where the last one may end.</param>
    /// <param name="visitor">Receives them.</param>
    public long Run(long from, long to, IRecordVisitor visitor)
    {
        var (offset, end) = (from, from);
        while (offset + LogRecord.HeaderLength <= to)
        {
            if (TryReadHead(offset, to, out var record))
            {
                if (offset > end)
                {
                    visitor.OnGap(end, offset);
                }

                var body = Peek(offset + LogRecord.HeaderLength, record.Length);
                visitor.OnRecord(new FoundRecord(record, offset, body, IsIntact(record, body)));
                offset = end = offset + record.TotalLength;
            }
            else if (FindMagic(offset + Step, to) is { } next)
            {
                offset = next;
            }
            else
            {
                break;
            }
        }

        return end;
    }

    /// <summary>Whether anything but zeros lies in a part of the file.</summary>
    public bool HasContent(long from, long to)
    {
        for (var offset = from; offset < to; offset += WindowLength)
        {
            if (Peek(offset, (int)Math.Min(WindowLength, to - offset)).ContainsAnyExcept((byte)0))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsIntact(in LogRecord record, ReadOnlySpan<byte> body)
    {
        if (body.Length != record.Length)
        {
            return false;
        }

        try
        {
            return record.Kind == LogRecordKind.Block ? BlockCodec.Verify(body) == record.Digest : EventDigest.Of(body) == record.Digest;
        }
        catch (BlockFormatException e)
        {
            // One that no coordinator can have formed is what its head says all the same.
            return e.IsImpossible && EventDigest.ReadFrom(body[8..]) == record.Digest;
        }
    }

    private bool TryReadHead(long offset, long to, out LogRecord record) =>
        LogRecord.TryRead(Peek(offset, LogRecord.HeaderLength), seed, offset, out record) && offset + LogRecord.HeaderLength + record.Length <= to;

    // Records begin at multiples of eight bytes.
    private long? FindMagic(long from, long to)
    {
        for (var offset = from; offset + LogRecord.HeaderLength <= to;)
        {
            var bytes = Peek(offset, (int)Math.Min(WindowLength, to - offset));
            for (var i = bytes.IndexOf(LogRecord.Magic); i >= 0;)
            {
                if (i % Step == 0)
                {
                    return offset + i;
                }

                var next = bytes[(i + 1)..].IndexOf(LogRecord.Magic);
                i = next < 0 ? -1 : i + 1 + next;
            }

            // What begins in the last bytes of this part is found in the next one.
            offset += Math.Max(Step, (bytes.Length - LogRecord.HeaderLength) & -Step);
            if (bytes.Length < WindowLength)
            {
                return null;
            }
        }

        return null;
    }

    // As many bytes as there are, until the next call.
    private ReadOnlySpan<byte> Peek(long offset, int length)
    {
        if (offset < _start || offset + length > _start + _length)
        {
            if (length > _window.Length)
            {
                _window = new byte[length];
            }

            _start = offset;
            _length = file.Read(_window, offset);
        }

        return _window.AsSpan((int)(offset - _start), (int)Math.Min(length, Math.Max(0, _start + _length - offset)));
    }
}
