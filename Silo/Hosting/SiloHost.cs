using System.Net;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Hosting;
using AllData.Silo.Http;
using AllData.Silo.Http.Console;
using AllData.Silo.Http.Endpoints;
using AllData.Silo.Http.Original;
using AllData.Silo.Http.Peers;
using AllData.Silo.Security;
using AllData.Silo.Telemetry;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace AllData.Silo.Hosting;

/// <summary>Composes a silo: the store, Orleans below it and HTTP above it.</summary>
internal static class SiloHost
{
    // A stop must be shorter than what the parent of a local cluster allows before it ends a peer.
    private static readonly TimeSpan ShutdownBound = TimeSpan.FromSeconds(10);

    // The watcher of the settings file watches the whole working directory: with the data in it, it takes a tenth of the processor under load.
    private const string ConfigurationIsReadOnce = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Builds the host; nothing has started yet.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="configure">Applied last, for measurements that replace a part.</param>
    public static WebApplication Build(SiloSettings settings, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = Configure(settings);
        if (ListenCheck.ComplaintOfOthers(builder.Configuration) is { } others)
        {
            throw new OptionsValidationException("Kestrel", typeof(EventHttpOptions), [others]);
        }

        builder.Logging.ClearProviders().AddSiloConsole();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownBound);
        var telemetry = Bound<TelemetryOptions>(builder.Configuration, TelemetryOptions.Section);
        builder.AddTelemetry(telemetry);
        ComposeStore(builder, telemetry);
        builder.Services.AddSingleton<IFatalErrorHandler>(static _ => FatalEnd.OfThisProcess());
        builder.Services.AddSingleton(static services => services.GetRequiredService<IGrainFactory>().CreateEventReader());
        builder.Services.AddSingleton(static services => services.GetRequiredService<IGrainFactory>().CreateConsumerPositions());
        builder.Services.AddSingleton<IConsoleStore, GrainConsoleStore>();
        builder.AddEventHttp();
        builder.AddPeerListener();
        OriginalListener.AddTo(builder.Services);
        var peers = builder.Configuration.GetSection($"{AllDataOptions.SectionName}:{nameof(AllDataOptions.Peers)}").Get<PeersOptions>();
        builder.Services.AddConnectionLimits(DescriptorLimit.OfThisProcess(), peers ?? new PeersOptions());
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapEventHttp();
        app.MapTelemetry();
        return app;
    }

    /// <summary>A host with its configuration and nothing else.</summary>
    /// <exception cref="OptionsValidationException">There are settings that no silo knows, or whose values cannot be read.</exception>
    public static WebApplicationBuilder Configure(SiloSettings settings)
    {
        var builder = WebApplication.CreateBuilder([ConfigurationIsReadOnce]);
        settings.ApplyTo(builder.Configuration);
        ThrowIfUnusable(builder.Configuration);
        return builder;
    }

    /// <summary>What each section of the settings becomes, including what follows from other settings.</summary>
    public static IEnumerable<(string Path, object Options)> Sections(ConfigurationManager configuration)
    {
        var (http, endpoints) = (Bound<EventHttpOptions>(configuration, EventHttpOptions.Section),
            Bound<SiloEndpointOptions>(configuration, SiloEndpointOptions.Section));
        var store = Bound<AllDataOptions>(configuration, AllDataOptions.SectionName);
        store.Peer.Endpoint = store.Peer.Endpoint.Length > 0 ? store.Peer.Endpoint : PeerEndpoint.Of(http, endpoints, store.Security.IsSecure);
        return
        [
            (AllDataOptions.SectionName, store), (EventHttpOptions.Section, http), (SiloEndpointOptions.Section, endpoints),
            (AllDataClusterOptions.Section, ClusterOptionsOf(configuration)),
            (TelemetryOptions.Section, Bound<TelemetryOptions>(configuration, TelemetryOptions.Section)),
        ];
    }

    /// <summary>Refuses what a silo refuses at its start before it has opened anything.</summary>
    /// <exception cref="OptionsValidationException">With a sentence for each.</exception>
    public static void ThrowIfInvalid(SiloSettings settings)
    {
        using var app = (IDisposable)Build(settings);
        var services = ((WebApplication)app).Services;
        _ = services.GetRequiredService<IOptions<AllDataOptions>>().Value;
        _ = services.GetRequiredService<IOptions<EventHttpOptions>>().Value;
        _ = services.GetRequiredService<IOptions<SiloEndpointOptions>>().Value;
        _ = services.GetRequiredService<IOptions<TelemetryOptions>>().Value;
    }

    /// <summary>Refuses settings that no silo knows, or whose values cannot be read.</summary>
    /// <exception cref="OptionsValidationException">With a sentence for each.</exception>
    public static void ThrowIfUnusable(IConfiguration configuration) => SettingsCheck.ThrowIfUnusable(
        configuration.GetSection(AllDataOptions.SectionName), AllDataOptions.SectionName, typeof(AllDataOptions), OtherSections);

    // Below the store's own options, where another host may have others.
    private static Dictionary<string, Type?> OtherSections => new(StringComparer.OrdinalIgnoreCase)
    {
        ["Http"] = typeof(EventHttpOptions),
        ["Silo"] = typeof(SiloEndpointOptions),
        ["Cluster"] = typeof(AllDataClusterOptions),
        ["Telemetry"] = typeof(TelemetryOptions),
    };

    private static void ComposeStore(WebApplicationBuilder builder, TelemetryOptions telemetry)
    {
        builder.Services.AddOptions<SiloEndpointOptions>().BindConfiguration(SiloEndpointOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SiloEndpointOptions>, SiloEndpointOptionsValidator>();

        // From the configuration itself: the HTTP options are validated against the store's, so asking for them here would wait for itself.
        var http = Bound<EventHttpOptions>(builder.Configuration, EventHttpOptions.Section);
        var endpoints = Bound<SiloEndpointOptions>(builder.Configuration, SiloEndpointOptions.Section);
        var security = Bound<SecurityOptions>(builder.Configuration, SecurityOptions.Section);
        builder.Services.PostConfigure<AllDataOptions>(store =>
            store.Peer.Endpoint = store.Peer.Endpoint.Length > 0 ? store.Peer.Endpoint : PeerEndpoint.Of(http, endpoints, security.IsSecure));
        builder.Services.AddSingleton<IValidateOptions<AllDataOptions>, PeerEndpointValidator>();
        builder.Services.PostConfigure<EventHttpOptions>(options =>
        {
            var shown = Uri.TryCreate(builder.Configuration[$"{AllDataOptions.SectionName}:Peer:Endpoint"], UriKind.Absolute, out var uri) ? uri.Host : "";
            options.AllowedHosts = string.Join(',', options.AllowedHosts, endpoints.Address, shown);
        });
        builder.Services.AddSingleton<SiloReadiness>(static services =>
        {
            var readiness = services.GetRequiredService<AllDataReadiness>();
            return () => readiness.Conditions;
        });
        builder.UseOrleans(silo =>
        {
            silo.AddAllData(builder.Configuration.GetSection(AllDataOptions.SectionName));
            silo.UseAllDataCluster(ClusterOptionsOf(builder.Configuration));
            silo.AddTelemetry(telemetry);
            if (security.IsSecure)
            {
                silo.UseAllDataTls(security);
            }

            silo.Services.AddOptions<EndpointOptions>().Configure<IOptions<SiloEndpointOptions>>(Configure);
        });
    }

    /// <summary>By default the cluster database lies next to the peer's data: right for a single silo; all others set it.</summary>
    private static AllDataClusterOptions ClusterOptionsOf(ConfigurationManager configuration)
    {
        var options = Bound<AllDataClusterOptions>(configuration, AllDataClusterOptions.Section);
        if (options.DatabaseFile.Length == 0)
        {
            var data = configuration[$"{AllDataOptions.SectionName}:{nameof(AllDataOptions.DataDirectory)}"] ?? new AllDataOptions().DataDirectory;
            options.DatabaseFile = Path.Combine(data, "cluster.db");
        }

        return options;
    }

    private static T Bound<T>(ConfigurationManager configuration, string section) where T : new() => configuration.GetSection(section).Get<T>() ?? new T();

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
