using System.Buffers;
using System.Globalization;
using AllData.Configuration;
using AllData.Errors;
using Microsoft.Extensions.Options;

namespace AllData.Http;

/// <summary>
/// Reads a request's body into one array of exactly its size. The bytes are counted as they arrive, not as they are announced, so that
/// many slow senders cannot occupy the bound with promises.
/// </summary>
internal sealed class EventBodyReader(
    IOptions<EventHttpOptions> options, IOptions<AllDataOptions> store, WaitingBytes waiting, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly EventHttpOptions _options = options.Value;
    private readonly int _maxEventBytes = store.Value.Limits.MaxEventBytes;

    /// <summary>Reads and checks the body; whoever gets it disposes it when the put is answered.</summary>
    /// <exception cref="InvalidEventException">It is empty or not JSON.</exception>
    /// <exception cref="EventTooLargeException">It is larger than an event may be.</exception>
    /// <exception cref="OverloadedException">Too many bytes are waiting.</exception>
    /// <exception cref="BadHttpRequestException">It is compressed, too slow, or the connection was cut.</exception>
    public async Task<EventBody> ReadAsync(HttpRequest request)
    {
        RefuseUnreadable(request);
        var body = new EventBody(waiting);
        try
        {
            await ReceiveAsync(request, body);
            EventJson.Validate(body.Bytes);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private void RefuseUnreadable(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = "identity";

            // The bytes stored are the bytes sent: a compressed body would be stored, and read back, as something that is not JSON.
            throw new BadHttpRequestException(
                $"Content-Encoding '{encoding}' is not taken: an event is stored exactly as it is sent. Send it uncompressed.",
                StatusCodes.Status415UnsupportedMediaType);
        }

        // Before the first read: a client that waits for "100 Continue" then never sends the body.
        ThrowIfTooLarge(request.ContentLength ?? 0);
    }

    private async Task ReceiveAsync(HttpRequest request, EventBody body)
    {
        // Nearly always it has come whole with its head: then nothing has to be timed.
        if (request.BodyReader.TryRead(out var first) && TryTake(request, first, body))
        {
            return;
        }

        using var timeout = new CancellationTokenSource(_options.BodyTimeout, time);
        while (!TryTake(request, await ReadSomeAsync(request, timeout.Token), body))
        {
        }
    }

    /// <summary>Counts what has come, and takes it when it is whole.</summary>
    private bool TryTake(HttpRequest request, System.IO.Pipelines.ReadResult read, EventBody body)
    {
        var buffer = read.Buffer;
        ThrowIfTooLarge(buffer.Length);
        if (!body.TryGrowTo(buffer.Length))
        {
            throw new OverloadedException(
                $"{waiting.Taken} bytes of events are waiting here, of at most {_options.MaxWaitingBytes}. "
                    + "Nothing was written; try again.",
                RetryAfter);
        }

        if (!read.IsCompleted)
        {
            request.BodyReader.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        body.Bytes = buffer.ToArray();
        request.BodyReader.AdvanceTo(buffer.End);
        return true;
    }

    private async ValueTask<System.IO.Pipelines.ReadResult> ReadSomeAsync(HttpRequest request, CancellationToken timeout)
    {
        try
        {
            return await request.BodyReader.ReadAsync(timeout);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new BadHttpRequestException(
                string.Create(CultureInfo.InvariantCulture, $"The body did not arrive within {_options.BodyTimeout.TotalSeconds} s. ")
                    + "Nothing was written; send it again.",
                StatusCodes.Status408RequestTimeout);
        }
    }

    private void ThrowIfTooLarge(long bytes)
    {
        if (bytes > _maxEventBytes)
        {
            throw new EventTooLargeException(
                $"The event has {bytes} bytes or more; at most {_maxEventBytes} are taken. "
                    + "Split it, or raise AllData:Limits:MaxEventBytes.",
                _maxEventBytes, bytes);
        }
    }
}
