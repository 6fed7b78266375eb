using System.Net;
using AllData.Configuration;
using AllData.Http;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace AllData.Silo;

/// <summary>Composes a silo: the store, Orleans below it and HTTP above it.</summary>
internal static class SiloHost
{
    // A stop must be shorter than what the parent of a local cluster allows before it ends a peer.
    private static readonly TimeSpan ShutdownBound = TimeSpan.FromSeconds(10);

    /// <summary>Builds the host; nothing has started yet.</summary>
    public static WebApplication Build(SiloSettings settings)
    {
        var builder = WebApplication.CreateBuilder();
        settings.ApplyTo(builder.Configuration);
        builder.Logging.ClearProviders().AddSiloConsole();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownBound);
        ComposeStore(builder);
        builder.Services.AddSingleton<IEventStore, GrainEventStore>();
        builder.AddEventHttp();
        var app = builder.Build();
        app.MapEventHttp();
        return app;
    }

    /// <summary>
    /// THE PLACE WHERE THE STORE IS COMPOSED. To be given here: <c>silo.AddAllData(…)</c> with section <c>AllData</c>,
    /// <c>silo.UseAllDataCluster(…)</c> with section <c>AllData:Cluster</c> instead of the localhost clustering, and a
    /// <see cref="SiloReadiness"/> that says whether the peer is announced and its storage open.
    /// </summary>
    private static void ComposeStore(WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<AllDataOptions>().BindConfiguration(AllDataOptions.SectionName);
        builder.Services.AddOptions<SiloEndpointOptions>().BindConfiguration(SiloEndpointOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SiloEndpointOptions>, SiloEndpointOptionsValidator>();
        builder.Services.AddSingleton<SiloReadiness>(() => null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.Services.AddOptions<SiloOptions>()
                .Configure<IOptions<AllDataOptions>>((silo, options) => silo.SiloName = options.Value.Peer.Id);
            silo.Services.AddOptions<EndpointOptions>().Configure<IOptions<SiloEndpointOptions>>(Configure);
        });
    }

    private static void Configure(EndpointOptions endpoint, IOptions<SiloEndpointOptions> options)
    {
        var address = IPAddress.Parse(options.Value.Address);
        endpoint.AdvertisedIPAddress = address;
        endpoint.SiloPort = options.Value.SiloPort;
        endpoint.GatewayPort = options.Value.GatewayPort;
        endpoint.SiloListeningEndpoint = new IPEndPoint(address, options.Value.SiloPort);
        endpoint.GatewayListeningEndpoint = new IPEndPoint(address, options.Value.GatewayPort);
    }
}
