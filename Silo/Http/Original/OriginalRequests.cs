using System.Buffers;
using AllData.Remote.Http.Serving;
using AllData.Remote.Original;

namespace AllData.Silo.Http.Original;

/// <summary>
/// Answers as alldata-peer-server-http does, at any path: 201 when the event is durable, 400 for what is no such event, 405 for other methods, 500 when it
/// is not durable, and never a body.
/// </summary>
internal sealed partial class OriginalRequests(
    Func<OriginalEvent, Task<string?>> keep, PeerTraffic traffic, long maxBodyBytes, TimeSpan bodyTimeout, TimeProvider time, ILogger<OriginalRequests> logger)
{
    private const int ReadBytes = 16_384;

    /// <summary>Takes one request. Whatever it is, it is answered or cut off, and ends nothing but itself.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        // Nodes send no such header; browsers send it with each POST, also when a page of another site makes them.
        if (context.Request.Headers.Origin.Count > 0)
        {
            LogNoEvent("a browser sent it for a web page.");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        try
        {
            context.Response.StatusCode = await PutAsync(context);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status400BadRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            LogCallerGone(e.Message);
            context.Abort();
        }
        catch (Exception e)
        {
            LogNotKept(e.Message);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task<int> PutAsync(HttpContext context)
    {
        using var share = traffic.TryEnter(0);
        if (share is null)
        {
            LogNotKept("too many events are in flight (AllData:Peers:Original:MaxRequestsInFlight).");
            return StatusCodes.Status500InternalServerError;
        }

        if (await ReadAsync(context, share) is not { } body)
        {
            LogNotKept("it is too large, or the memory for events is taken (AllData:Peers:Original:MaxWaitingBytes).");
            return StatusCodes.Status500InternalServerError;
        }

        if (!OriginalEvent.TryRead(body, out var e, out var fault))
        {
            LogNoEvent(fault);
            return StatusCodes.Status400BadRequest;
        }

        if (await keep(e) is { } reason)
        {
            LogNotKept(reason);
            return StatusCodes.Status500InternalServerError;
        }

        return StatusCodes.Status201Created;
    }

    /// <summary>The body; null when there is no room for it. Counted as it arrives: an original node does not say how long it is.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, PeerTraffic.Share share)
    {
        using var timeout = new CancellationTokenSource(bodyTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await context.Request.Body.ReadAsync(body.GetMemory(ReadBytes), stop.Token);
            if (read == 0)
            {
                return body.WrittenMemory;
            }

            body.Advance(read);
            if (body.WrittenCount > maxBodyBytes || !share.TryGrow(read))
            {
                return null;
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "An original node has gone before its answer: {Reason}")]
    private partial void LogCallerGone(string reason);

    [LoggerMessage(LogLevel.Warning, "An event of an original node is answered 500: {Reason}")]
    private partial void LogNotKept(string reason);

    [LoggerMessage(LogLevel.Warning, "What came to the port for original nodes is answered 400: {Fault}")]
    private partial void LogNoEvent(string fault);
}
