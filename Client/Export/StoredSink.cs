using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Writes events as they are stored, for an archive.</summary>
/// <param name="parts">The files.</param>
/// <param name="fileBytes">A file that has reached this size is followed by another one.</param>
internal sealed class StoredSink(PartSequence parts, long fileBytes) : IEventSink
{
    /// <inheritdoc/>
    public long NotJson => 0;

    /// <inheritdoc/>
    public Task WriteAsync(ScanPage page, CancellationToken cancellation)
    {
        var reader = page.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            var part = parts.Current;
            if (part.Length == 0)
            {
                part.Write(StoredRecords.Header);
            }

            part.Count(reader.Current.Key, reader.Current.Key, 1);
            StoredRecords.Write(part, page.Topics?.Of(i), page.Records.Span.Slice(reader.Offset, reader.Current.Size));
            if (part.Length >= fileBytes)
            {
                parts.CompleteCurrent();
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExportedFile>> CompleteAsync(CancellationToken cancellation)
    {
        parts.CompleteCurrent();
        return Task.FromResult(parts.Completed);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        parts.Dispose();
        return ValueTask.CompletedTask;
    }
}
