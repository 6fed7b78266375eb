using System.Net;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Remote.Http.Serving;
using AllData.Remote.Original;
using AllData.Silo.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Original;

/// <summary>
/// The port for nodes of the original alldata: a server of its own, with bounds of its own, as the peer port. It listens only where the port is set.
/// </summary>
internal sealed partial class OriginalListener(
    Func<OriginalEvent, Task<string?>> keep, AllDataOptions options, TimeProvider time, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<OriginalListener>();
    private readonly PeerOriginalOptions _options = options.Peers.Original;
    private WebApplication? _server;

    /// <summary>Where it listens; null when it does not.</summary>
    public Uri? Address => _server is null ? null : new Uri(_server.Urls.Single());

    /// <summary>Registers it; it listens where AllData:Peers:Original:Port is set.</summary>
    public static void AddTo(IServiceCollection services) => services.AddHostedService(static provider => new OriginalListener(
        provider.GetRequiredService<OriginalEventIntake>().KeepAsync,
        provider.GetRequiredService<IOptions<AllDataOptions>>().Value,
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILoggerFactory>()));

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Port is not { } port)
        {
            return;
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            Bound(kestrel);
            kestrel.Listen(IPAddress.Parse(_options.Address), port, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        var bound = new ConnectionBound("original", _options.MaxConnections, loggers.CreateLogger<ConnectionBound>());
        builder.Services.BoundConnections(_ => _ => bound);
        _server = builder.Build();
        var traffic = new PeerTraffic(_options.MaxRequestsInFlight, _options.MaxWaitingBytes);
        _server.Run(new OriginalRequests(keep, traffic, MaxBodyBytes, _options.BodyTimeout, time, loggers.CreateLogger<OriginalRequests>()).HandleAsync);
        await _server.StartAsync(cancellationToken);
        LogListening(Address!);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private long MaxBodyBytes => (long)options.Limits.MaxEventBytes + OriginalEvent.MaxEnvelopeBytes;

    private void Bound(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = MaxBodyBytes;
        limits.MinRequestBodyDataRate = new MinDataRate(_options.MinBodyBytesPerSecond, _options.BodyRateGrace);
        limits.MaxRequestHeadersTotalSize = 8_192;
        limits.MaxRequestHeaderCount = 64;
    }

    [LoggerMessage(LogLevel.Information, "Original nodes are served at {Address}")]
    private partial void LogListening(Uri address);
}
