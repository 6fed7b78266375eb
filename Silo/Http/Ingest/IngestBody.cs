using System.IO.Compression;
using System.IO.Pipelines;

namespace AllData.Silo.Http.Ingest;

/// <summary>The body of a stream of events, decompressed as it arrives.</summary>
internal sealed class IngestBody : IAsyncDisposable
{
    private const int DecompressedPiece = 32_768;

    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _stop;
    private readonly DecoderBudget _room;
    private readonly CompressedBody? _compressed;
    private readonly Stream? _decompressed;
    private readonly PipeReader _reader;
    private bool _hasGivenUp;

    /// <param name="request">Its body is read.</param>
    /// <param name="room">Counts what its decoder occupies; disposed of with this.</param>
    /// <param name="time">The clock of the bounds.</param>
    /// <param name="stopping">When set, reading ends with what has arrived.</param>
    public IngestBody(HttpRequest request, DecoderBudget room, TimeProvider time, CancellationToken stopping)
    {
        _time = time;
        Stopping = stopping;
        _room = room;
        var coding = CodingOf(request);
        _compressed = coding is "" or "identity"
            ? null
            : new CompressedBody(request.Body, first => room.TakeAsync(DecoderBudget.Needed(coding == "br", first)));
        _decompressed = _compressed is null ? null : Decompress(coding, _compressed);
        _reader = _decompressed is null
            ? request.BodyReader
            : PipeReader.Create(_decompressed, new StreamPipeReaderOptions(bufferSize: DecompressedPiece));
        _stop = stopping.Register(static reader => ((PipeReader)reader!).CancelPendingRead(), _reader);
    }

    /// <summary>Set when the silo stops: reading ends with what has arrived.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Compressed bytes that have come; null of a body that is not compressed.</summary>
    public long? CompressedBytes => _compressed?.Received;

    /// <summary>Bytes that its decoder occupies.</summary>
    public long DecoderBytes => _room.Bytes;

    /// <summary>Whether a content coding is one that is undone here.</summary>
    public static bool Takes(HttpRequest request) => CodingOf(request) is "" or "identity" or "gzip" or "x-gzip" or "br";

    /// <summary>Begins to read. Completes at once when something has arrived, or when nothing more will.</summary>
    public ValueTask<ReadResult> ReadAsync() => _reader.ReadAsync();

    /// <summary>Marks everything that was read last as consumed.</summary>
    public void AdvanceTo(SequencePosition end) => _reader.AdvanceTo(end);

    /// <summary>Ends the waiting read, because others wait for the room of this stream.</summary>
    public void GiveUp()
    {
        _hasGivenUp = true;
        _reader.CancelPendingRead();
    }

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
    /// <exception cref="IngestStopException">It was cut short: the silo is stopping, or the sender was silent for too long.</exception>
    public ReadResult Checked(ReadResult read) => read.IsCanceled ? throw Stop() : read;

    public async ValueTask DisposeAsync()
    {
        await _stop.DisposeAsync();
        if (_decompressed is not null)
        {
            await _reader.CompleteAsync();
            await _decompressed.DisposeAsync();
        }

        _room.Dispose();
    }

    private IngestStopException Stop() => (Stopping.IsCancellationRequested, _hasGivenUp) switch
    {
        (true, _) => new IngestStopException(StatusCodes.Status503ServiceUnavailable, "The silo is stopping. Send the rest to another one."),
        (_, true) => new IngestStopException(
            StatusCodes.Status408RequestTimeout,
            "Others wait for the room that this stream takes, and it sends nothing more. Send the rest in a new request."),
        _ => new IngestStopException(StatusCodes.Status408RequestTimeout, "The stream has sent nothing for too long. Send the rest in a new request."),
    };

    private static string CodingOf(HttpRequest request) => request.Headers.ContentEncoding.ToString().ToLowerInvariant();

    private static Stream Decompress(string coding, CompressedBody body) => coding == "br"
        ? new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true)
        : new GZipStream(body, CompressionMode.Decompress, leaveOpen: true);
}

/// <summary>A stream is not read to its end; lines received before are put and answered.</summary>
internal sealed class IngestStopException : Exception
{
    /// <param name="status">HTTP status.</param>
    /// <param name="message">Why, and what to do.</param>
    public IngestStopException(int status, string message)
        : base(message) => Status = status;

    /// <param name="kind">What kind of problem it is.</param>
    /// <param name="message">Why, and what to do.</param>
    public IngestStopException(ProblemKind kind, string message)
        : base(message) => (Status, Kind) = (kind.Status, kind);

    public int Status { get; }

    /// <summary>What kind of problem it is; null when the status says it.</summary>
    public ProblemKind? Kind { get; }
}
