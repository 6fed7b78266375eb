using System.Net;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Reading;
using AllData.Security;
using AllData.Silo.Connections;
using AllData.Silo.Http.Console;
using AllData.Silo.Http.Idempotency;
using AllData.Silo.Http.Ingest;
using AllData.Silo.Security;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Endpoints;

/// <summary>
/// Puts the HTTP side into a host. It needs an <see cref="IAllDataPuts"/>, an <see cref="IEventReader"/>, the <see cref="IConsumerPositions"/>, a <see
/// cref="SiloReadiness"/>, an <see cref="IConsoleStore"/> and the store's options from it. Where it has an <see cref="IServedLog"/>, the log of certificates is
/// served, too.
/// </summary>
internal static partial class EventHttpHosting
{
    // Supervisors and load balancers, each with a connection or two.
    private const int HealthConnections = 64;

    /// <summary>Registers it and configures where Kestrel listens and its bounds.</summary>
    public static WebApplicationBuilder AddEventHttp(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<EventHttpOptions>().BindConfiguration(EventHttpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EventHttpOptions>, EventHttpOptionsValidator>();
        services.AddSingleton<IValidateOptions<AllDataOptions>, EventSizeValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AuditLog>();
        services.TryAddSingleton<PrincipalQuotas>();
        services.AddSingleton<BearerTokens>();
        services.TryAddSingleton(static p => new ScanShares(p.GetRequiredService<IOptions<AllDataOptions>>().Value.Limits.MaxScansPerPrincipal));
        services.AddSingleton(provider =>
            new WaitingBytes(provider.GetRequiredService<IOptions<EventHttpOptions>>().Value.MaxWaitingBytes));
        services.AddSingleton<PartialBodies>();
        services.AddSingleton<EventBodyReader>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<IdempotentPut>();
        services.AddSingleton<KeysEndpoint>();
        services.AddSingleton<ConsumersEndpoint>();
        services.AddSingleton<FollowEndpoint>();
        services.AddSingleton<ScanEndpoint>();
        services.AddSingleton<ConsoleGathering>();
        services.AddSingleton<ConsoleOrders>();
        services.AddSingleton<ConsoleEndpoint>();
#pragma warning disable RS0030 // Where the HTTP side is put together its randomness is named, once.
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<BatchSender>(p, Random.Shared));
#pragma warning restore RS0030
        services.AddSingleton<StreamBound>();
        services.AddSingleton<IngestEndpoint>();
        services.BoundConnections(static provider =>
        {
            var (http, logger) = (provider.GetRequiredService<IOptions<EventHttpOptions>>().Value, provider.GetRequiredService<ILogger<ConnectionBound>>());
            var (bound, health) = (new ConnectionBound("HTTP", http.MaxConnections, logger), new ConnectionBound("health", HealthConnections, logger));
            return endpoint => endpoint is IPEndPoint { Port: var port } && port == http.HealthPort ? health : bound;
        });
        HealthEndpoints.AddTo(services);

        // It would log each answer that is not healthy: the conditions are told elsewhere, and supervisors ask all the time.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<EventHttpOptions>>(static (cors, http) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(EventHttpOptions.ListOf(http.Value.AllowedOrigins)).AllowAnyHeader().AllowAnyMethod()
            .WithExposedHeaders("ETag", "Location", "Retry-After")));
        services.AddOptions<KestrelServerOptions>()
            .Configure<IOptions<EventHttpOptions>, IOptions<AllDataOptions>, TimeProvider, ILogger<EventEndpoints>>(
                static (kestrel, http, store, time, logger) => Configure(
                    kestrel, http.Value, endpoint => SecureHttp.Secure(endpoint, store.Value.Security, time, reason => LogNotRenewed(logger, reason))));
        return builder;
    }

    public static WebApplication MapEventHttp(this WebApplication app)
    {
        app.UseMiddleware<ProblemResponses>();
        app.UseMiddleware<HealthPort>();
        app.UseMiddleware<SiteGuard>();
        app.UseCors();
        app.UseMiddleware<CallerGuard>();
        app.UseStatusCodePages(pages =>
            ProblemResponses.WriteAsync(pages.HttpContext, Problems.OfStatus(pages.HttpContext.Response.StatusCode, detail: null)));
        app.Services.GetRequiredService<EventEndpoints>().Map(app);
        app.Services.GetRequiredService<KeysEndpoint>().Map(app);
        app.Services.GetRequiredService<ConsumersEndpoint>().Map(app);
        app.Services.GetRequiredService<ScanEndpoint>().Map(app);
        app.Services.GetRequiredService<IngestEndpoint>().Map(app);
        app.Services.GetRequiredService<ConsoleEndpoint>().Map(app);
        if (app.Services.GetService<IServedLog>() is { } log)
        {
            new LogEndpoint(log).Map(app);
        }

        HealthEndpoints.Map(app);
        return app;
    }

    [LoggerMessage(LogLevel.Error, "The certificates of the HTTP port are used as they were: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);

    private static void Configure(KestrelServerOptions kestrel, EventHttpOptions options, Action<ListenOptions> secure)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.KeepAliveTimeout = options.KeepAlive;

        // The body reader has the limit. Kestrel's counts the framing of chunks too and would refuse an event that is just small enough.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, options.BodyRateGrace);
        kestrel.Listen(IPAddress.Parse(options.Address), options.Port, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            secure(endpoint);
        });
        if (options.HealthPort is { } health)
        {
            kestrel.Listen(IPAddress.Parse(options.Address), health, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
        }
    }
}
