namespace AllData.Client.Put;

/// <summary>
/// Keeps lines that must be put again. Created with the first of them; without a path it forgets them. When a write returns, the line is in the file,
/// or it is not and <see cref="Failure"/> says so: nothing is claimed about lines that a full disk has swallowed.
/// </summary>
internal sealed class LineFile(string? path) : IAsyncDisposable
{
    private readonly SemaphoreSlim _oneLine = new(1, 1);
    private FileStream? _stream;
    private long _wholeBytes;

    /// <summary>Whether there is a file to keep lines in.</summary>
    public bool IsKept => path is not null;

    public string? Path => path;

    /// <summary>Lines that are in the file.</summary>
    public long Lines { get; private set; }

    /// <summary>Lines that could not be written.</summary>
    public long Lost { get; private set; }

    /// <summary>Why the first of them could not; null while all could.</summary>
    public string? Failure { get; private set; }

    /// <summary>Writes a line that has its ending.</summary>
    /// <returns>Whether it is in the file.</returns>
    public Task<bool> WriteAsync(ReadOnlyMemory<byte> line) => WriteAsync(stream => stream.WriteAsync(line).AsTask());

    /// <summary>Lets a line be written in pieces; other lines wait meanwhile, or they would land inside it.</summary>
    /// <returns>Whether it is in the file.</returns>
    public async Task<bool> WriteAsync(Func<Stream, Task> write)
    {
        await _oneLine.WaitAsync();
        try
        {
            return await TryWriteAsync(write);
        }
        finally
        {
            _oneLine.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }

        _oneLine.Dispose();
    }

    private async Task<bool> TryWriteAsync(Func<Stream, Task> write)
    {
        if (path is null)
        {
            await write(Stream.Null);
            return false;
        }

        using var guarded = new GuardedStream();
        try
        {
            guarded.Target = _stream ??= Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            guarded.Failure = e.Message;
        }

        await write(guarded);
        return Note(guarded.Failure, guarded.Written);
    }

    private bool Note(string? failure, long written)
    {
        if (failure is null)
        {
            Lines++;
            _wholeBytes += written;
            return true;
        }

        Lost++;
        Failure ??= failure;
        CutOff();
        return false;
    }

    // Half a line would be put as an event some day.
    private void CutOff()
    {
        try
        {
            if (_stream is { CanSeek: true })
            {
                _stream.SetLength(_wholeBytes);
                _stream.Position = _wholeBytes;
            }
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException or UnauthorizedAccessException)
        {
            // Reported already: the file does not hold all lines.
        }
    }

    // Nothing in between: what is not written fails with its own line and not with a later one.
    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>
    /// Remembers the first failure of its target and takes the rest of the line, so that a failure to write is distinguished from one to read.
    /// </summary>
    private sealed class GuardedStream : Stream
    {
        public Stream? Target { get; set; }

        public string? Failure { get; set; }

        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                if (Failure is null)
                {
                    Target!.Write(buffer);
                    Written += buffer.Length;
                }
            }
            catch (IOException e)
            {
                Failure = e.Message;
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
