namespace AllData.Client.Loading;

/// <summary>
/// Takes the lines that failed, unchanged, so that they can be put again. Created with the first of them. Without a path it forgets them.
/// </summary>
internal sealed class RejectsFile(string? path) : IAsyncDisposable
{
    private readonly SemaphoreSlim _oneLine = new(1, 1);
    private FileStream? _stream;

    /// <summary>Whether a line was written.</summary>
    public bool HasLines => _stream is not null;

    /// <summary>Writes a line with its ending.</summary>
    public Task WriteAsync(EventLine line) => WriteAsync(async stream =>
    {
        await stream.WriteAsync(line.Bytes);
        await stream.WriteAsync(line.Ending == LineEnding.CarriageReturnLineFeed ? "\r\n"u8.ToArray() : "\n"u8.ToArray());
    });

    /// <summary>Lets a line be written in pieces; other lines wait meanwhile, or they would land inside it.</summary>
    public async Task WriteAsync(Func<Stream, Task> write)
    {
        await _oneLine.WaitAsync();
        try
        {
            await write(path is null ? Stream.Null : _stream ??= Create(path));
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

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read);
}
