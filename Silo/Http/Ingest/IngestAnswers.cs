using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// The window of batches in flight: takes what is put and completes it in order: it counts the results, writes receipts if they are requested,
/// releases the bytes and makes room for the next batch.
/// </summary>
internal sealed class IngestAnswers(HttpContext context, WaitingBytes waiting, IngestOptions options, TimeProvider time, bool withReceipts)
{
    private readonly Channel<(LineBatch Lines, Task<SettledBatch> Settled)> _inFlight =
        Channel.CreateUnbounded<(LineBatch, Task<SettledBatch>)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly SemaphoreSlim _room = new(options.Window);
    private readonly ReceiptLines? _receipts = withReceipts ? new ReceiptLines(context.Response.BodyWriter) : null;

    /// <summary>The results of the lines so far.</summary>
    public IngestReport Report { get; } = new();

    /// <summary>Takes one place of the window; completed when there is one.</summary>
    public Task EnterAsync() => _room.WaitAsync();

    /// <summary>Adds what is in flight, in order; the place was taken before.</summary>
    public void Add(LineBatch lines, Task<SettledBatch> settled) => _inFlight.Writer.TryWrite((lines, settled));

    /// <summary>Says that nothing more comes.</summary>
    public void Complete() => _inFlight.Writer.Complete();

    /// <summary>
    /// Completes everything until nothing more comes. A fault is thrown at the end: until then there are bytes and places to give back.
    /// </summary>
    public async Task SettleAsync()
    {
        ExceptionDispatchInfo? fault = null;
        await foreach (var (lines, settled) in _inFlight.Reader.ReadAllAsync())
        {
            await ((Task)settled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            waiting.Return(lines.Bytes);
            try
            {
                await TellAsync(await settled);
            }
            catch (Exception e)
            {
                // The counts are wrong from here on, so there must be no answer; and lines that cannot be reported must not be read.
                fault ??= ExceptionDispatchInfo.Capture(e);
                context.Abort();
            }
            finally
            {
                _room.Release();
            }
        }

        fault?.Throw();
    }

    /// <summary>Writes the end of the answer, when everything is completed.</summary>
    /// <param name="stop">Why the body was not read to its end; null when it was.</param>
    public Task EndAsync(IngestStop? stop)
    {
        Report.Stopped = stop;
        if (stop is not null && !context.Response.HasStarted)
        {
            // The rest of the body may still be on its way; read as the next request it would be nonsense.
            context.Response.Headers.Connection = "close";
        }

        if (_receipts is null)
        {
            return Documents.WriteAsync(context, Report.Status, Documents.Json, Report.ToDocument(withErrors: true));
        }

        BeginReceipts();
        _receipts.WriteEnd(Report);
        return FlushAsync();
    }

    private Task TellAsync(SettledBatch batch)
    {
        batch.TellTo(Report);
        return WriteReceiptsAsync(batch);
    }

    private async Task WriteReceiptsAsync(SettledBatch batch)
    {
        // A client that is gone must not keep batches from being completed: their bytes are other requests' room.
        if (_receipts is not null && !context.RequestAborted.IsCancellationRequested)
        {
            BeginReceipts();
            batch.TellTo(_receipts);
            await FlushAsync();
        }
    }

    private void BeginReceipts()
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "application/x-ndjson";
        }
    }

    private async Task FlushAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(options.AnswerTimeout, time);
            await context.Response.BodyWriter.FlushAsync(timeout.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client does not read. The body is not read further either, and batches in flight are completed without receipts.
            context.Abort();
        }
    }
}
