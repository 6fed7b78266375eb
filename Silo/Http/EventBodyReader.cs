using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http;

/// <summary>
/// Reads a request's body into one array of exactly its size. The bytes are counted as they arrive, not as they are announced, so that
/// many slow senders cannot occupy the bound with promises.
/// </summary>
internal sealed class EventBodyReader(
    IOptions<EventHttpOptions> options, IOptions<AllDataOptions> store, WaitingBytes waiting, PartialBodies partials, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly EventHttpOptions _options = options.Value;
    private readonly int _maxEventBytes = store.Value.Limits.MaxEventBytes;

    /// <summary>Reads and checks the body; the caller disposes it when the put is answered.</summary>
    /// <exception cref="InvalidEventException">It is empty or not JSON.</exception>
    /// <exception cref="EventTooLargeException">It is larger than an event may be.</exception>
    /// <exception cref="OverloadedException">Too many bytes are waiting.</exception>
    /// <exception cref="QuotaExceededException">The caller has used up its quota.</exception>
    /// <exception cref="BadHttpRequestException">It is compressed, too slow, or breaks the protocol.</exception>
    public async Task<EventBody> ReadAsync(HttpRequest request)
    {
        RefuseUnreadable(request);
        var quota = CallerQuota.Of(request.HttpContext);
        quota?.ThrowIfUsedUp();
        var body = new EventBody(waiting);
        try
        {
            await ReceiveAsync(request, body);
            if (JsonCheck.FindFault(body.Bytes) is { } fault)
            {
                throw new InvalidEventException(fault);
            }

            quota?.Count(events: 1, body.Bytes.Length);
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
                $"Content-Encoding '{encoding}' is not supported: an event is stored exactly as it is sent. Send it uncompressed.",
                StatusCodes.Status415UnsupportedMediaType);
        }

        // Before the first read: a client that waits for "100 Continue" then never sends the body.
        if (TooLarge(request.ContentLength ?? 0) is { } refusal)
        {
            throw refusal;
        }
    }

    private async Task ReceiveAsync(HttpRequest request, EventBody body)
    {
        // Nearly always the body has come whole with its head: then no timing is needed.
        if (TryRead(request, out var first) && await TakeAsync(request, first, body))
        {
            return;
        }

        using var timeout = new CancellationTokenSource(_options.BodyTimeout, time);
        using var partial = partials.Watch(() => _ = timeout.CancelAsync());
        for (var before = 0L; ; before = partial.Held)
        {
            partial.Take(body.Taken - before, body.Taken);
            partial.Wait();
            var read = await ReadSomeAsync(request, partial, timeout.Token);
            if (await TakeAsync(request, read, body))
            {
                return;
            }
        }
    }

    /// <summary>Counts the bytes received, and takes the body when it is whole.</summary>
    private ValueTask<bool> TakeAsync(HttpRequest request, ReadResult read, EventBody body)
    {
        var bytes = read.Buffer.Length;
        return bytes <= _maxEventBytes && body.TryGrowTo(bytes)
            ? ValueTask.FromResult(Keep(request, read, body))
            : TakeOrRefuseAsync(request, read, body);
    }

    private async ValueTask<bool> TakeOrRefuseAsync(HttpRequest request, ReadResult read, EventBody body)
    {
        PutException? refusal = TooLarge(read.Buffer.Length);
        if (refusal is null && !await WaitForRoomAsync(body, read.Buffer.Length))
        {
            refusal = new OverloadedException(
                $"{waiting.Taken} bytes of events are waiting here, of at most {_options.MaxWaitingBytes}. Nothing was written; try again.",
                RetryAfter);
        }

        if (refusal is null)
        {
            return Keep(request, read, body);
        }

        // Left unsaid, the server could not read the rest away after the answer, and would end the connection with the answer on its way.
        request.BodyReader.AdvanceTo(read.Buffer.End);
        throw refusal;
    }

    /// <summary>Waits only for room taken by slow senders: events that the store is working on take longer than a caller waits.</summary>
    private async ValueTask<bool> WaitForRoomAsync(EventBody body, long bytes)
    {
        if (!partials.MakeRoom(bytes))
        {
            return false;
        }

        for (var waited = TimeSpan.Zero; waited < RetryAfter; waited += WaitingBytes.RoomCheck)
        {
            await Task.Delay(WaitingBytes.RoomCheck, time);
            if (body.TryGrowTo(bytes))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Keep(HttpRequest request, ReadResult read, EventBody body)
    {
        if (!read.IsCompleted)
        {
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            return false;
        }

        body.Bytes = read.Buffer.ToArray();
        request.BodyReader.AdvanceTo(read.Buffer.End);
        return true;
    }

    private static bool TryRead(HttpRequest request, out ReadResult read)
    {
        try
        {
            return request.BodyReader.TryRead(out read);
        }
        catch (IOException e) when (BodyFault.IsOfTheBody(e))
        {
            throw BodyFault.Refusal(e);
        }
    }

    private async ValueTask<ReadResult> ReadSomeAsync(HttpRequest request, PartialBody partial, CancellationToken timeout)
    {
        try
        {
            return await request.BodyReader.ReadAsync(timeout);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            var reason = partial.HasGivenUp
                ? "Others wait for the room that this unfinished body takes, and it arrives too slowly."
                : string.Create(CultureInfo.InvariantCulture, $"The body did not arrive within {_options.BodyTimeout.TotalSeconds} s.");
            throw new BadHttpRequestException($"{reason} Nothing was written; send it again.", StatusCodes.Status408RequestTimeout);
        }
        catch (IOException e) when (BodyFault.IsOfTheBody(e))
        {
            throw BodyFault.Refusal(e);
        }
    }

    private EventTooLargeException? TooLarge(long bytes) => bytes <= _maxEventBytes
        ? null
        : new EventTooLargeException(
            $"The event has {bytes} bytes or more; at most {_maxEventBytes} are taken. Split it, or raise AllData:Limits:MaxEventBytes.",
            _maxEventBytes, bytes);
}
