using System.Buffers;
using System.IO.Pipelines;

namespace AllData.Client.Put;

/// <summary>
/// Reads a stream line by line (LF or CRLF) in bounded memory, whatever its length and that of its lines. Blank lines are passed over,
/// a byte order mark at the start is taken off.
/// </summary>
internal sealed class LineReader(Stream source, int maxLineBytes)
{
    private const int BufferBytes = 64 * 1024;

    private readonly PipeReader _pipe = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
    private long _number;
    private long _bytesRead;
    private bool _insideLongLine;

    /// <summary>Longest line, bytes without its ending.</summary>
    public int MaxLineBytes => maxLineBytes;

    /// <summary>Lines read so far, blank ones included.</summary>
    public long LinesRead => _number;

    /// <summary>Bytes of the lines read so far.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>The next line that is not blank; null at the end.</summary>
    public async Task<EventLine?> ReadAsync(CancellationToken cancellation)
    {
        if (_insideLongLine)
        {
            await CopyLongLineAsync(Stream.Null, cancellation);
        }

        while (await ReadOneAsync(cancellation) is { } line)
        {
            if (line.IsTooLong || !IsBlank(line.Bytes))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Passes on the line that was too long, as it is, without holding more than a buffer of it.</summary>
    public async Task CopyLongLineAsync(Stream destination, CancellationToken cancellation)
    {
        var ended = false;
        try
        {
            while (_insideLongLine)
            {
                var read = await FillAsync(cancellation);
                var end = EndOfLine(read.Buffer);
                var piece = end is { } at ? read.Buffer.Slice(0, at) : read.Buffer;
                foreach (var segment in piece)
                {
                    await destination.WriteAsync(segment, cancellation);
                }

                ended = end is not null;
                _insideLongLine = !ended && !read.IsCompleted;
                Consume(piece);
            }
        }
        finally
        {
            if (!ended)
            {
                // Cut off by the end of the file or an interrupt: without an ending the next line would be joined to it.
                destination.WriteByte((byte)'\n');
            }
        }
    }

    private async Task<EventLine?> ReadOneAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await FillAsync(cancellation);
            var end = EndOfLine(read.Buffer);
            if (end is null && read is { IsCompleted: true, Buffer.IsEmpty: true })
            {
                return null;
            }

            var line = read.Buffer.Slice(0, end ?? read.Buffer.End);
            if (line.Length > maxLineBytes + 2)
            {
                return BeginLongLine(read.Buffer);
            }

            if (end is not null || read.IsCompleted)
            {
                return Take(line, read.Buffer);
            }

            _pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Waits from outside as well: a read from a terminal or a pipe does not always heed its token.</summary>
    private Task<ReadResult> FillAsync(CancellationToken cancellation) => _pipe.ReadAsync(cancellation).AsTask().WaitAsync(cancellation);

    private EventLine Take(ReadOnlySequence<byte> line, ReadOnlySequence<byte> buffer)
    {
        var bytes = line.ToArray();
        var content = bytes.AsSpan();
        content = content.EndsWith("\n"u8) ? content[..^1] : content;
        var ending = content.EndsWith("\r"u8) ? LineEnding.CarriageReturnLineFeed : LineEnding.LineFeed;
        content = ending == LineEnding.CarriageReturnLineFeed ? content[..^1] : content;
        if (content.Length > maxLineBytes)
        {
            return BeginLongLine(buffer);
        }

        Consume(line);
        content = ++_number == 1 && content.StartsWith("\uFEFF"u8) ? content[3..] : content;
        return new EventLine(_number, content.ToArray(), ending);
    }

    private EventLine BeginLongLine(ReadOnlySequence<byte> buffer)
    {
        // Nothing is taken yet: a caller that wants the line copies it from its first byte.
        _pipe.AdvanceTo(buffer.Start, buffer.Start);
        _insideLongLine = true;
        return new EventLine(++_number, [], LineEnding.LineFeed) { IsTooLong = true };
    }

    private void Consume(ReadOnlySequence<byte> piece)
    {
        Volatile.Write(ref _bytesRead, _bytesRead + piece.Length);
        _pipe.AdvanceTo(piece.End);
    }

    private static SequencePosition? EndOfLine(ReadOnlySequence<byte> buffer) =>
        buffer.PositionOf((byte)'\n') is { } feed ? buffer.GetPosition(1, feed) : null;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8).IsEmpty;
}
