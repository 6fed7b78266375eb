using System.Collections.Immutable;
using AllData.Hosting;
using AllData.Peers;
using AllData.Security;

namespace AllData.Silo.Http.Endpoints;

/// <summary>The present state of the silo. Called often, so it answers from what is known and never waits.</summary>
/// <returns>The problems; empty when all is well.</returns>
internal delegate ImmutableArray<SiloCondition> SiloReadiness();

/// <summary>For supervisors and load balancers: <c>/health/live</c> and <c>/health/ready</c>.</summary>
internal static class HealthEndpoints
{
    private sealed record ReadyDocument(bool Ready, string? Reason, ImmutableArray<SiloCondition> Conditions);

    public static void Map(IEndpointRouteBuilder routes, SiloReadiness readiness)
    {
        var open = new NeedsRole(StoreRoles.None);
        routes.MapGet("/health/live", static context => WriteAsync(context, StatusCodes.Status200OK, new { Live = true })).WithMetadata(open);
        routes.MapGet("/health/ready", context =>
        {
            var conditions = readiness();
            var reason = AllDataReadiness.ReasonOf(conditions);
            var status = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;

            // Names of peers, directories and clusters are not for every caller.
            return WriteAsync(
                context, status, CallerGuard.IsUnknown(context) ? new ReadyDocument(reason is null, null, []) : new(reason is null, reason, conditions));
        }).WithMetadata(open);
    }

    private static Task WriteAsync<T>(HttpContext context, int status, T document)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Documents.WriteAsync(context, status, Documents.Json, document);
    }
}
