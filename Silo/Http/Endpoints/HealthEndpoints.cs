using System.Collections.Immutable;
using AllData.Hosting;
using AllData.Peers;
using AllData.Security;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AllData.Silo.Http.Endpoints;

/// <summary>The present state of the silo. Called often, so it answers from what is known and never waits.</summary>
/// <returns>The problems; empty when all is well.</returns>
internal delegate ImmutableArray<SiloCondition> SiloReadiness();

/// <summary>For supervisors and load balancers: <c>/health/live</c> and <c>/health/ready</c>, over ASP.NET Core's health checks.</summary>
internal static class HealthEndpoints
{
    private const string CheckName = "alldata";

    private sealed record ReadyDocument(bool Ready, string? Reason, string Status, ImmutableArray<SiloCondition> Conditions);

    /// <summary>Registers the check of the silo's state.</summary>
    public static void AddTo(IServiceCollection services) => services.AddHealthChecks().Add(new HealthCheckRegistration(
        CheckName, static provider => new SiloHealthCheck(provider.GetRequiredService<SiloReadiness>()), failureStatus: null, tags: null));

    public static void Map(IEndpointRouteBuilder routes)
    {
        // A process that answers is alive: no check is asked.
        Map(routes, "/health/live", static _ => false, static (context, _) => WriteAsync(context, new { Live = true }));
        Map(routes, "/health/ready", static check => check.Name == CheckName, static (context, report) => WriteAsync(context, DocumentOf(context, report)));
    }

    private static void Map(
        IEndpointRouteBuilder routes, string path, Func<HealthCheckRegistration, bool> checks, Func<HttpContext, HealthReport, Task> write) =>
        routes.MapHealthChecks(path, new HealthCheckOptions
        {
            Predicate = checks,
            ResponseWriter = write,

            // Puts succeed: a supervisor must not end a silo because another one is away.
            ResultStatusCodes = new Dictionary<HealthStatus, int>
            {
                [HealthStatus.Healthy] = StatusCodes.Status200OK,
                [HealthStatus.Degraded] = StatusCodes.Status200OK,
                [HealthStatus.Unhealthy] = StatusCodes.Status503ServiceUnavailable,
            },
            AllowCachingResponses = true,
        }).WithMetadata(new NeedsRole(StoreRoles.None), new HttpMethodMetadata([HttpMethods.Get]));

    private static ReadyDocument DocumentOf(HttpContext context, HealthReport report)
    {
        var (isReady, status) = (report.Status != HealthStatus.Unhealthy, report.Status.ToString().ToLowerInvariant());

        // Names of peers, directories and clusters are not for every caller.
        return CallerGuard.IsUnknown(context)
            ? new ReadyDocument(isReady, null, status, [])
            : new ReadyDocument(isReady, isReady ? null : report.Entries[CheckName].Description, status, ConditionsOf(report.Entries[CheckName]));
    }

    private static ImmutableArray<SiloCondition> ConditionsOf(HealthReportEntry entry) =>
        entry.Data.TryGetValue(AllDataHealthCheck.ConditionsKey, out var conditions) ? (ImmutableArray<SiloCondition>)conditions : [];

    private static Task WriteAsync<T>(HttpContext context, T document)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Documents.WriteAsync(context, context.Response.StatusCode, Documents.Json, document);
    }

    private sealed class SiloHealthCheck(SiloReadiness readiness) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(AllDataHealthCheck.ResultOf(readiness(), HealthStatus.Unhealthy));
    }
}
