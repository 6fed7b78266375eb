using System.IO.Compression;
using System.IO.Pipelines;

namespace AllData.Http.Ingest;

/// <summary>The body of a stream of events, decompressed as it arrives.</summary>
internal sealed class IngestBody : IAsyncDisposable
{
    private const int DecompressedPiece = 32_768;

    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenRegistration _stop;
    private readonly Stream? _decompressed;
    private readonly PipeReader _reader;

    /// <param name="request">Its body is read.</param>
    /// <param name="time">The clock of the bounds.</param>
    /// <param name="stopping">When set, reading ends with what has arrived.</param>
    public IngestBody(HttpRequest request, TimeProvider time, CancellationToken stopping)
    {
        _time = time;
        _stopping = stopping;
        _decompressed = Decompress(request);
        _reader = _decompressed is null
            ? request.BodyReader
            : PipeReader.Create(_decompressed, new StreamPipeReaderOptions(bufferSize: DecompressedPiece));
        _stop = stopping.Register(static reader => ((PipeReader)reader!).CancelPendingRead(), _reader);
    }

    /// <summary>Whether a content coding is one that is undone here.</summary>
    public static bool Takes(HttpRequest request) => CodingOf(request) is "" or "identity" or "gzip" or "x-gzip" or "br";

    /// <summary>Begins to read. Completed at once when there is something to take, or when there will be nothing more.</summary>
    public ValueTask<ReadResult> ReadAsync() => _reader.ReadAsync();

    /// <summary>Says that all of what was read last has been taken.</summary>
    public void AdvanceTo(SequencePosition end) => _reader.AdvanceTo(end);

    /// <summary>Waits for a read that has begun, up to a bound.</summary>
    /// <exception cref="IngestStopException">The bound has passed, or the silo stops.</exception>
    /// <exception cref="IOException">The body cannot be read to its end.</exception>
    public async Task<ReadResult> EndAsync(Task<ReadResult> read, TimeSpan bound)
    {
        var left = bound > TimeSpan.Zero ? bound : TimeSpan.FromTicks(1);
        await ((Task)read).WaitAsync(left, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!read.IsCompleted)
        {
            _reader.CancelPendingRead();
        }

        return Checked(await read);
    }

    /// <summary>A read that was not cut short.</summary>
    /// <exception cref="IngestStopException">It was: the silo stops, or the sender was silent for too long.</exception>
    public ReadResult Checked(ReadResult read)
    {
        if (!read.IsCanceled)
        {
            return read;
        }

        throw _stopping.IsCancellationRequested
            ? new IngestStopException(StatusCodes.Status503ServiceUnavailable, "The silo stops. Send the rest to another one.")
            : new IngestStopException(StatusCodes.Status408RequestTimeout, "Nothing more has come for too long. Send the rest in a new request.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.DisposeAsync();
        if (_decompressed is not null)
        {
            await _reader.CompleteAsync();
            await _decompressed.DisposeAsync();
        }
    }

    private static string CodingOf(HttpRequest request) => request.Headers.ContentEncoding.ToString().ToLowerInvariant();

    private static Stream? Decompress(HttpRequest request) => CodingOf(request) switch
    {
        "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        "br" => new BrotliStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        _ => null,
    };
}

/// <summary>A stream is not read to its end; what had come before is put and answered.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="message">Why, and what to do.</param>
internal sealed class IngestStopException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;
}
