using System.Net;
using AllData.Configuration;
using AllData.Silo.Connections;
using AllData.Silo.Http;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace AllData.Silo.Hosting;

/// <summary>Bounds the connections of all ports by the process's limit of open files.</summary>
internal static partial class ConnectionLimits
{
    /// <summary>Bounds them. To be called after Orleans is registered, whose ports have no bound themselves.</summary>
    /// <param name="services">The silo's.</param>
    /// <param name="descriptors">What the process may open; null when there is no limit.</param>
    /// <param name="peers">Which ports for peers the silo has in addition to its own.</param>
    public static IServiceCollection AddConnectionLimits(this IServiceCollection services, long? descriptors, PeersOptions peers)
    {
        var budget = ConnectionBudget.Of(descriptors, (peers.Http.Port is null ? 0 : 1) + (peers.Original.Port is null ? 0 : 1));
        services.AddOptions<EventHttpOptions>().PostConfigure<ILogger<ConnectionBudget>>(
            (http, logger) => http.MaxConnections = Lowered(logger, "Http", http.MaxConnections, budget.Http));
        services.AddOptions<AllDataOptions>().PostConfigure<ILogger<ConnectionBudget>>((store, logger) =>
        {
            store.Peers.Http.MaxConnections = Lowered(logger, "Peers:Http", store.Peers.Http.MaxConnections, budget.Port);
            store.Peers.Original.MaxConnections = Lowered(logger, "Peers:Original", store.Peers.Original.MaxConnections, budget.Port);
        });
        services.BoundOrleansConnections(provider =>
        {
            var logger = provider.GetRequiredService<ILogger<ConnectionBound>>();
            var siloPort = provider.GetRequiredService<IOptions<EndpointOptions>>().Value.SiloPort;
            return endpoint => new ConnectionBound(endpoint is IPEndPoint { Port: var port } && port == siloPort ? "silo" : "gateway", budget.Port, logger);
        });
        return services;

        int Lowered(ILogger logger, string section, int wanted, int possible)
        {
            if (possible < wanted)
            {
                LogLowered(logger, descriptors, section, wanted, possible);
            }

            return Math.Min(wanted, possible);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "This process may open {Descriptors} files and connections: AllData:{Section}:MaxConnections is lowered from {Wanted} to {Taken}. "
            + "Raise the limit: ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd.")]
    private static partial void LogLowered(ILogger logger, long? descriptors, string section, int wanted, int taken);
}
