using AllData.Configuration;
using AllData.Remote.Http.Serving;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Peers;

/// <summary>Puts the peer port into a silo.</summary>
internal static class PeerListenerHosting
{
    /// <summary>Registers it; it listens where AllData:Peers:Http:Port is set.</summary>
    public static WebApplicationBuilder AddPeerListener(this WebApplicationBuilder builder)
    {
        builder.Services.AddHostedService(static services => new PeerListener(
            services.GetRequiredService<PeerRequestHandler>(),
            services.GetRequiredService<IOptions<AllDataOptions>>().Value.Peers.Http,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>()));
        return builder;
    }
}
