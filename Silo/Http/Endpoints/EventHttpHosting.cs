using System.Net;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Reading;
using AllData.Silo.Connections;
using AllData.Silo.Http.Idempotency;
using AllData.Silo.Http.Ingest;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Endpoints;

/// <summary>
/// Puts the HTTP side into a host. It needs an <see cref="IAllDataPuts"/>, an <see cref="IEventReader"/>, a <see cref="SiloReadiness"/> and the store's
/// options from it.
/// </summary>
internal static class EventHttpHosting
{
    /// <summary>Registers it and configures where Kestrel listens and its bounds.</summary>
    public static WebApplicationBuilder AddEventHttp(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<EventHttpOptions>().BindConfiguration(EventHttpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EventHttpOptions>, EventHttpOptionsValidator>();
        services.AddSingleton<IValidateOptions<AllDataOptions>, EventSizeValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
            new WaitingBytes(provider.GetRequiredService<IOptions<EventHttpOptions>>().Value.MaxWaitingBytes));
        services.AddSingleton<PartialBodies>();
        services.AddSingleton<EventBodyReader>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<IdempotentPut>();
        services.AddSingleton<KeysEndpoint>();
        services.AddSingleton<ScanEndpoint>();
#pragma warning disable RS0030 // Where the HTTP side is put together its randomness is named, once.
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<BatchSender>(p, Random.Shared));
#pragma warning restore RS0030
        services.AddSingleton<IngestEndpoint>();
        services.BoundConnections(static provider => new ConnectionBound(
            "HTTP", provider.GetRequiredService<IOptions<EventHttpOptions>>().Value.MaxConnections, provider.GetRequiredService<ILogger<ConnectionBound>>()));
        services.AddOptions<KestrelServerOptions>()
            .Configure<IOptions<EventHttpOptions>>((kestrel, options) => Configure(kestrel, options.Value));
        return builder;
    }

    public static WebApplication MapEventHttp(this WebApplication app)
    {
        app.UseMiddleware<ProblemResponses>();
        app.UseStatusCodePages(pages =>
            ProblemResponses.WriteAsync(pages.HttpContext, Problems.OfStatus(pages.HttpContext.Response.StatusCode, detail: null)));
        app.Services.GetRequiredService<EventEndpoints>().Map(app);
        app.Services.GetRequiredService<KeysEndpoint>().Map(app);
        app.Services.GetRequiredService<ScanEndpoint>().Map(app);
        app.Services.GetRequiredService<IngestEndpoint>().Map(app);
        HealthEndpoints.Map(app, app.Services.GetRequiredService<SiloReadiness>());
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, EventHttpOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.KeepAliveTimeout = options.KeepAlive;

        // The body reader has the limit. Kestrel's counts the framing of chunks too and would refuse an event that is just small enough.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, options.BodyRateGrace);
        kestrel.Listen(IPAddress.Parse(options.Address), options.Port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
    }
}
