using AllData.Silo.Browsers;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http;

/// <summary>Refuses requests that a page of another site may have sent, before anything of them is done or read.</summary>
internal sealed partial class SiteGuard(RequestDelegate next, IOptions<EventHttpOptions> options, ILogger<SiteGuard> logger)
{
    private static readonly ProblemKind UnknownHost = new(StatusCodes.Status421MisdirectedRequest, "unknown-host", "The store is not known by this name");

    private static readonly ProblemKind CrossSite = new(StatusCodes.Status403Forbidden, "cross-site", "A page of another site sent the request");

    private readonly int? _healthPort = options.Value.HealthPort;
    private readonly SiteRules _rules = new(options.Value.OwnHosts, EventHttpOptions.ListOf(options.Value.AllowedOrigins));

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Request.Headers);

        // What was stored is what a client sent: a browser must take it for what it is said to be, and never for a page.
        context.Response.Headers.XContentTypeOptions = "nosniff";

        // Supervisors ask by any name: of a container, of a load balancer.
        if (!_rules.IsOwn(request.Host) && context.Connection.LocalPort != _healthPort)
        {
            LogUnknownHost(request.Host.Host);
            return ProblemResponses.RefuseAsync(
                context, UnknownHost,
                $"The request is for '{request.Host.Host}', which is not a name of this silo. AllData:Http:AllowedHosts says which it has.");
        }

        if (!_rules.MayAsk(request.Scheme, request.Host, Text(headers.Origin), Text(headers["Sec-Fetch-Site"])) && !OpensByLink.Is(context))
        {
            LogCrossSite(Text(headers.Origin) ?? "?");
            return ProblemResponses.RefuseAsync(
                context, CrossSite, "A browser sent this request for a page of another site. AllData:Http:AllowedOrigins says of which sites it is taken.");
        }

        return next(context);

        static string? Text(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 0 ? null : values.ToString();
    }

    [LoggerMessage(LogLevel.Warning, "A request for '{Host}' is refused: this silo is not known by that name (AllData:Http:AllowedHosts)")]
    private partial void LogUnknownHost(string host);

    [LoggerMessage(LogLevel.Warning, "A request that a page of {Origin} sent through a browser is refused (AllData:Http:AllowedOrigins)")]
    private partial void LogCrossSite(string origin);
}
