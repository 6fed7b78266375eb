using System.IO.Compression;
using AllData.Events;
using AllData.Reading;
using Parquet;
using Parquet.Schema;

namespace AllData.Client.Export;

/// <summary>
/// Writes events as Parquet, a row group at a time: <c>key</c>, <c>timestamp</c>, <c>payload</c> (text; null where the bytes are not JSON that
/// every reader takes), <c>payload_bytes</c> (only those), <c>conflict</c>, <c>topic</c> (null where it has none).
/// </summary>
/// <param name="parts">The files.</param>
/// <param name="columns">The row group in memory, of one sink at a time.</param>
/// <param name="fileBytes">A file that has reached this size is followed by another one.</param>
internal sealed class ParquetSink(PartSequence parts, EventColumns columns, long fileBytes) : IEventSink
{
    private static readonly IReadOnlySet<EventKey> NoConflicts = new HashSet<EventKey>();
    private static readonly DataField Key = new("key", typeof(string), isNullable: false);
    private static readonly DataField Timestamp = new DateTimeDataField(
        "timestamp", DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Millis, isNullable: false);

    private static readonly DataField Payload = new("payload", typeof(string), isNullable: true);
    private static readonly DataField PayloadBytes = new("payload_bytes", typeof(byte[]), isNullable: true);
    private static readonly DataField Conflict = new("conflict", typeof(bool), isNullable: false);

    private static readonly DataField Topic = new("topic", typeof(string), isNullable: true);

    /// <summary>
    /// The column of texts as the writer is given it. It takes the least and the largest text of a row group into the page and the footer, each
    /// twice and whole, but of bytes it takes none; the file's schema says text all the same.
    /// </summary>
    private static readonly DataField PayloadAsBytes = new("payload", typeof(byte[]), isNullable: true);

    private static readonly ParquetSchema Schema = new(Key, Timestamp, Payload, PayloadBytes, Conflict, Topic);

    // A field belongs to a schema before it can be written; this one is of no file.
    private static readonly ParquetSchema SchemaOfBytes = new(PayloadAsBytes);

    private readonly long _notJsonBefore = columns.NotJson;
    private ParquetWriter? _writer;

    /// <inheritdoc/>
    public long NotJson => columns.NotJson - _notJsonBefore;

    /// <inheritdoc/>
    public async Task WriteAsync(ScanPage page, CancellationToken cancellation)
    {
        var conflicts = page.Conflicts.IsEmpty ? NoConflicts : page.Conflicts.ToHashSet();
        for (var (offset, index) = (0, 0); offset < page.Records.Length;)
        {
            (offset, index) = columns.Fill(page, offset, index, conflicts);
            if (columns.IsFull)
            {
                await WriteRowGroupAsync(cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExportedFile>> CompleteAsync(CancellationToken cancellation)
    {
        if (columns.Count > 0)
        {
            await WriteRowGroupAsync(cancellation);
        }

        await CompletePartAsync();
        return parts.Completed;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // The writer is left alone: closing it would write the end of a file that has none.
        parts.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task WriteRowGroupAsync(CancellationToken cancellation)
    {
        _writer ??= await ParquetWriter.CreateAsync(Schema, parts.Current, Options(), cancellationToken: cancellation);
        parts.Current.Count(columns.First, columns.Last, columns.Count);
        using (var group = _writer.CreateRowGroup())
        {
            await group.WriteAsync(Key, columns.Keys, cancellationToken: cancellation);
            await group.WriteAsync(Timestamp, columns.Timestamps, cancellationToken: cancellation);
            await group.WriteAllPartsAsync(SchemaOfBytes.DataFields[0], columns.Texts, columns.TextLevels, null, cancellation);
            await group.WriteAllPartsAsync(PayloadBytes, columns.Binaries, columns.BinaryLevels, null, cancellation);
            await group.WriteAsync(Conflict, columns.Conflicts, cancellationToken: cancellation);
            await group.WriteAllPartsAsync(Topic, columns.Topics, columns.TopicLevels, null, cancellation);
            group.CompleteValidate();
        }

        columns.Clear();
        if (parts.Current.Length >= fileBytes)
        {
            await CompletePartAsync();
        }
    }

    private async Task CompletePartAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
            _writer = null;
        }

        parts.CompleteCurrent();
    }

    private static ParquetOptions Options() => new()
    {
        CompressionMethod = CompressionMethod.Zstd,
        CompressionLevel = CompressionLevel.Fastest,
    };
}
