using AllData.Configuration;
using AllData.Reading;
using AllData.Security;
using AllData.Silo.Http.Following;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Endpoints;

/// <summary>
/// <c>GET /events?follow=true</c>: what becomes safe, or with <c>mode=live</c> what is acknowledged, without end, as lines of JSON, or as server-sent events
/// where the request accepts these.
/// </summary>
internal sealed partial class FollowEndpoint(IEventReader reader, IOptions<AllDataOptions> store, TimeProvider time, ILogger<FollowEndpoint> logger)
{
    /// <summary>Handles one request.</summary>
    public async Task GetAsync(HttpContext context)
    {
        var (start, mode, caller) = (FollowQuery.Parse(context.Request), FollowQuery.ModeOf(context.Request), HttpCaller.Of(context));
        var text = TextFor(context.Request, mode);

        // The keys of events beyond the safe point would take memory for each connection. Its reader may get some twice when it connects again, as always.
        var follow = mode == FollowMode.Live ? reader.FollowAsync(start, mode).WithoutKeys() : reader.FollowAsync(start);
        CallerMark.Set(caller.Name, caller.IsOperator);
        try
        {
            await StreamAsync(context, follow, text);
        }
        catch (TimeoutException e) when (context.Response.HasStarted)
        {
            LogCutOff(caller.Name, e.Message);
            context.Abort();
        }
    }

    private async Task StreamAsync(HttpContext context, EventFollow follow, FollowText text)
    {
        var pace = new ReaderPace(store.Value.Limits.ScanMinBytesPerSecond, time);
        await foreach (var page in follow.ReadPagesAsync(context.RequestAborted))
        {
            if (!context.Response.HasStarted)
            {
                // Only now: a failure before the first page is answered as a problem.
                context.Response.ContentType = text.MediaType;
                context.Response.Headers.CacheControl = "no-store";
                Documents.DoNotGuess(context.Response);
            }

            var (events, at) = text.Write(page);
            if (events.Length > 0)
            {
                await SendAsync(context, events, pace);
            }

            if (at.Length > 0)
            {
                await SendAsync(context, at, pace);
            }
        }
    }

    private static Task SendAsync(HttpContext context, byte[] bytes, ReaderPace pace) =>
        pace.WaitAsync(context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask(), bytes.Length, context.RequestAborted);

    private static FollowText TextFor(HttpRequest request, FollowMode mode) =>
        !request.GetTypedHeaders().Accept.Any(static a => a.MediaType.Equals(FollowText.ServerSentEvents.MediaType, StringComparison.OrdinalIgnoreCase))
            ? FollowText.Lines
            : mode == FollowMode.Live ? FollowText.LiveServerSentEvents : FollowText.ServerSentEvents;

    [LoggerMessage(LogLevel.Warning, "'{Caller}' follows no more over HTTP: {Reason}")]
    private partial void LogCutOff(string caller, string reason);
}
