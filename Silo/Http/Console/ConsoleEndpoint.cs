using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Security;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Console;

/// <summary>The console: its page, the stream of what the page shows, and <c>explain</c>.</summary>
internal sealed partial class ConsoleEndpoint(
    ConsoleGathering gathering, IConsoleStore cluster, ConsoleOrders orders, IOptions<AllDataOptions> store, TimeProvider time,
    ILogger<ConsoleEndpoint> logger)
{
    private const string Once = "once";

    private static readonly ProblemKind TooMany = new(StatusCodes.Status503ServiceUnavailable, "too-many-consoles", "Too many pages of the console are open");

    private readonly bool _isSecure = store.Value.Security.IsSecure;

    /// <summary>Maps it.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        ConsolePages.Map(routes);
        var look = new NeedsRole(StoreRoles.Reader | StoreRoles.Operator);
        routes.MapGet($"{ConsolePages.Root}/session", SessionAsync).WithMetadata(look);
        routes.MapGet($"{ConsolePages.Root}/stream", StreamAsync).WithMetadata(look);
        routes.MapGet($"{ConsolePages.Root}/explain/{{key}}", ExplainAsync).WithMetadata(look);
        orders.Map(routes);
    }

    // Where callers have no names, each may do everything.
    private bool IsOperator(HttpContext context) => !_isSecure || HttpCaller.Of(context).IsOperator;

    private Task SessionAsync(HttpContext context) => WriteAsync(
        context, new SessionDocument(_isSecure ? HttpCaller.Of(context).Name : null, IsOperator(context), store.Value.Peer.Id));

    private async Task ExplainAsync(HttpContext context)
    {
        var text = (string?)context.Request.RouteValues["key"];
        var key = EventKey.TryParse(text, out var parsed)
            ? parsed
            : throw new InvalidKeyException($"'{text}' is not a key: 27 characters YYYYMMDDThhmmssfffnnnnnnnnn, UTC, are expected.");
        await WriteAsync(context, ConsoleExplanation.Of(key, await cluster.FindCopiesAsync(key)));
    }

    private async Task StreamAsync(HttpContext context)
    {
        var isOnce = context.Request.Query[Once] == "true";
        using var place = gathering.TryEnter(IsOperator(context));
        if (place is null)
        {
            context.Response.Headers.RetryAfter = "5";
            await ProblemResponses.RefuseAsync(context, TooMany, "Close one of them, or open the console of another silo.");
            return;
        }

        ConsolePages.Protect(context.Response);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var pace = new ReaderPace(store.Value.Limits.ScanMinBytesPerSecond, time);
        try
        {
            // The page is told at once that it is heard.
            await context.Response.Body.WriteAsync(": the first round takes a moment\n\n"u8.ToArray(), context.RequestAborted);
            await foreach (var bytes in gathering.ReadAsync(context.RequestAborted))
            {
                await pace.WaitAsync(context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask(), bytes.Length, context.RequestAborted);
                if (isOnce)
                {
                    return;
                }
            }
        }
        catch (TimeoutException e)
        {
            LogCutOff(HttpCaller.Of(context).Name, e.Message);
            context.Abort();
        }
    }

    private static Task WriteAsync<T>(HttpContext context, T document)
    {
        ConsolePages.Protect(context.Response);
        context.Response.Headers.CacheControl = "no-store";
        return Documents.WriteAsync(context, StatusCodes.Status200OK, Documents.Json, document);
    }

    [LoggerMessage(LogLevel.Information, "A page of '{Caller}' is shown no more: {Reason}")]
    private partial void LogCutOff(string caller, string reason);

    /// <summary>Which caller looks, and what it may do.</summary>
    /// <param name="Caller">Its name; null where callers have none.</param>
    /// <param name="Operates">Whether it may drain, undrain and drop peers.</param>
    /// <param name="Silo">The silo's peer.</param>
    private sealed record SessionDocument(string? Caller, bool Operates, string Silo);
}
