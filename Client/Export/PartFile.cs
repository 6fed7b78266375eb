using System.Security.Cryptography;
using AllData.Events;

namespace AllData.Client.Export;

/// <summary>A file that is written from its beginning to its end, and digested on the way.</summary>
internal sealed class PartFile : Stream
{
    private const int BufferBytes = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;
    private readonly string _name;
    private long _length;
    private long _events;
    private EventKey _first;
    private EventKey _last;

    /// <summary>Creates the file.</summary>
    public PartFile(string directory, string name)
    {
        _name = name;
        _file = new FileStream(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferBytes);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>Events were written, or are about to be; they follow those before.</summary>
    public void Count(EventKey first, EventKey last, long events)
    {
        _first = _events == 0 ? first : _first;
        _last = last;
        _events += events;
    }

    /// <summary>Flushes it to disk and closes it.</summary>
    public ExportedFile Complete()
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        return new ExportedFile(
            _name, _events, _length, Convert.ToHexStringLower(_hash.GetHashAndReset()), _first.ToString(), _last.ToString());
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        _file.Write(buffer);
        _length += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // What matters is flushed at the end, to the disk.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
