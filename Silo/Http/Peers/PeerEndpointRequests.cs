using AllData.Configuration;
using AllData.Remote.Http.Messages;
using AllData.Remote.Http.Serving;
using Microsoft.AspNetCore.Http.Features;

namespace AllData.Silo.Http.Peers;

/// <summary>Takes requests of the peer protocol from Kestrel, and sends the answers.</summary>
internal sealed partial class PeerEndpointRequests(
    PeerRequestHandler handler, PeerHttpOptions options, TimeProvider time, ILogger<PeerEndpointRequests> logger)
{
    /// <summary>Takes one request. Whatever it is, it is answered or cut off, and ends nothing but itself.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (handler.TryAdmit(Describe(context.Request), out var call, out var refusal))
            {
                using (call)
                {
                    await AnswerAsync(context, call);
                }
            }
            else
            {
                await RefuseAsync(context, refusal);
            }
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is IOException or OperationCanceledException)
        {
            LogCallerGone(e.Message);
            context.Abort();
        }
        catch (Exception e)
        {
            LogUnforeseen(context.Request.Path, e);
            await TryRefuseAsync(context, e);
        }
    }

    private static PeerRequest Describe(HttpRequest request) => new(
        request.Method,
        request.Path.Value ?? "",
        request.Headers[PeerProtocol.StoreHeader] is [{ } store] ? store : null,
        request.ContentLength,
        request.Headers.Sum(static header => header.Key.Length + (long)header.Value.Sum(static value => value?.Length ?? 0)));

    private async Task AnswerAsync(HttpContext context, AdmittedCall call)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = call.Length;
        }

        if (await ReadAsync(context, call) is not { } question)
        {
            return;
        }

        var answer = await call.AnswerAsync(question, context.RequestAborted);
        if (answer.Message is { } message)
        {
            context.Response.ContentType = PeerProtocol.MediaType;
            context.Response.ContentLength = message.Length;
            await message.WriteToAsync(context.Response.Body, context.RequestAborted);
        }
        else
        {
            await RefuseAsync(context, answer.Problem!);
        }
    }

    /// <summary>The question; null when it was refused.</summary>
    private async Task<PeerMessage?> ReadAsync(HttpContext context, AdmittedCall call)
    {
        using var timeout = new CancellationTokenSource(options.BodyTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            return await PeerMessage.ReadFromAsync(context.Request.Body, call.Length, stop.Token);
        }
        catch (PeerProtocolException e)
        {
            await RefuseAsync(context, e.ToProblem());
        }
        catch (EndOfStreamException)
        {
            await RefuseAsync(context, new PeerProblem(PeerProblemKind.Malformed, $"The message ends before its {call.Length} bytes."));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            await RefuseAsync(context, TooSlow());
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, TooSlow());
        }

        return null;
    }

    private PeerProblem TooSlow() => new(
        PeerProblemKind.TooSlow, $"The message came more slowly than {options.MinBodyBytesPerSecond} bytes a second, or not within {options.BodyTimeout}.");

    private static async Task RefuseAsync(HttpContext context, PeerProblem problem)
    {
        var json = problem.ToJson();
        var response = context.Response;
        response.StatusCode = problem.Kind.Status;
        response.ContentType = PeerProtocol.ProblemMediaType;
        response.ContentLength = json.Length;
        if (problem.Kind == PeerProblemKind.WrongMethod)
        {
            response.Headers.Allow = HttpMethods.Post;
        }

        if (problem.RetryAfter is { } retry)
        {
            response.Headers.RetryAfter = Problems.RetryAfterSeconds(retry);
        }

        await response.Body.WriteAsync(json, context.RequestAborted);
    }

    private static async Task TryRefuseAsync(HttpContext context, Exception failure)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
        }
        else
        {
            await RefuseAsync(context, failure.ToProblem());
        }
    }

    [LoggerMessage(LogLevel.Debug, "A caller at the peer port has gone: {Reason}")]
    private partial void LogCallerGone(string reason);

    [LoggerMessage(LogLevel.Error, "A request at the peer port failed in a way that was not foreseen: {Path}")]
    private partial void LogUnforeseen(string path, Exception failure);
}
