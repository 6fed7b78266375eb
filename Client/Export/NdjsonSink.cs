using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Writes events as lines of JSON.</summary>
/// <param name="parts">The files.</param>
/// <param name="fileBytes">A file that has reached this size is followed by another one.</param>
/// <param name="isExact">Whether each payload can be read back byte by byte: JSON with line breaks goes as base64, too.</param>
internal sealed class NdjsonSink(PartSequence parts, long fileBytes, bool isExact) : IEventSink
{
    private NdjsonWriter? _writer;
    private long _notJson;

    /// <inheritdoc/>
    public long NotJson => _notJson + (_writer?.NotJson ?? 0);

    /// <inheritdoc/>
    public Task WriteAsync(ScanPage page, CancellationToken cancellation)
    {
        var reader = page.GetReader();
        if (!reader.MoveNext())
        {
            return Task.CompletedTask;
        }

        parts.Current.Count(reader.Current.Key, page.LastKey!.Value, page.Count);
        _writer ??= new NdjsonWriter(parts.Current, isPortable: true) { IsExact = isExact };
        _writer.Write(page);
        if (_writer.BytesWritten >= fileBytes)
        {
            CompletePart();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExportedFile>> CompleteAsync(CancellationToken cancellation)
    {
        CompletePart();
        return Task.FromResult(parts.Completed);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        parts.Dispose();
        return ValueTask.CompletedTask;
    }

    private void CompletePart()
    {
        _writer?.Flush();
        _notJson += _writer?.NotJson ?? 0;
        _writer = null;
        parts.CompleteCurrent();
    }
}
