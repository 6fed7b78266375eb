using System.Collections.Immutable;
using AllData.Peers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AllData.Hosting;

/// <summary>
/// The silo's state as a health check of a host: <c>services.AddHealthChecks().AddCheck&lt;AllDataHealthCheck&gt;("alldata")</c>. Healthy: all is well.
/// Degraded: puts at the default level succeed, and a person should look. Unhealthy (or what the registration says): they fail. It answers from what is known
/// and never waits.
/// </summary>
public sealed class AllDataHealthCheck : IHealthCheck
{
    /// <summary>Under this name the result's data has the conditions, an <see cref="ImmutableArray{T}"/> of <see cref="SiloCondition"/>.</summary>
    public const string ConditionsKey = "conditions";

    private readonly AllDataReadiness _readiness;

    /// <summary>Checks a silo.</summary>
    /// <param name="readiness">Its state.</param>
    public AllDataHealthCheck(AllDataReadiness readiness) => _readiness = readiness;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult(ResultOf(_readiness.Conditions, context.Registration.FailureStatus));
    }

    /// <summary>The result that follows from conditions.</summary>
    internal static HealthCheckResult ResultOf(ImmutableArray<SiloCondition> conditions, HealthStatus failure)
    {
        if (conditions.IsEmpty)
        {
            return HealthCheckResult.Healthy();
        }

        var data = new Dictionary<string, object> { [ConditionsKey] = conditions };
        return AllDataReadiness.ReasonOf(conditions) is { } reason
            ? new HealthCheckResult(failure, reason, data: data)
            : HealthCheckResult.Degraded(string.Join(' ', conditions.Select(static c => c.Sentence)), data: data);
    }
}
