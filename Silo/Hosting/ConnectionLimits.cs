using AllData.Silo.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace AllData.Silo.Hosting;

/// <summary>Bounds the connections of all ports by the process's limit of open files.</summary>
internal static partial class ConnectionLimits
{
    /// <summary>Bounds them.</summary>
    /// <param name="services">The silo's.</param>
    /// <param name="descriptors">What the process may open; null when there is no limit.</param>
    public static IServiceCollection AddConnectionLimits(this IServiceCollection services, long? descriptors)
    {
        services.AddSingleton(p => ConnectionBudget.Of(descriptors, p.GetRequiredService<IOptions<EventHttpOptions>>().Value.MaxConnections));
        services.AddOptions<KestrelServerOptions>().PostConfigure<ConnectionBudget, IOptions<EventHttpOptions>, ILogger<ConnectionBudget>>(
            (kestrel, budget, http, logger) =>
            {
                kestrel.Limits.MaxConcurrentConnections = budget.Http;
                if (budget.Http < http.Value.MaxConnections)
                {
                    LogLowered(logger, descriptors, http.Value.MaxConnections, budget.Http);
                }
            });
        services.AddOptions<SiloConnectionOptions>().Configure<ConnectionBudget, ILogger<ConnectionBound>>((orleans, budget, logger) =>
        {
            orleans.ConfigureSiloInboundConnection(new ConnectionBound("silo", budget.Silo, logger).Use);
            orleans.ConfigureGatewayInboundConnection(new ConnectionBound("gateway", budget.Gateway, logger).Use);
        });
        return services;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "This process may open {Descriptors} files and connections: AllData:Http:MaxConnections is lowered from {Wanted} to {Taken}. "
            + "Raise the limit: ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd.")]
    private static partial void LogLowered(ILogger logger, long? descriptors, int wanted, int taken);
}
