using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using AllData.Configuration;
using AllData.Remote.Http.Serving;
using AllData.Remote.Http.Tls;
using AllData.Security;
using AllData.Silo.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AllData.Silo.Http.Peers;

/// <summary>
/// The peer port: a server of its own, with bounds of its own, so that clients of events take nothing from peers and reach nothing of them. It listens only
/// where the port is set.
/// </summary>
internal sealed partial class PeerListener(
    PeerRequestHandler handler, PeerHttpOptions options, TimeProvider time, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<PeerListener>();
    private WebApplication? _server;

    /// <summary>Where it listens; null when it does not.</summary>
    public Uri? Address => _server is null ? null : new Uri(_server.Urls.Single());

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Port is not { } port)
        {
            return;
        }

        var certificates = PeerCertificates.LoadRotating(options, time, LogNotRenewed);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            Bound(kestrel);
            kestrel.Listen(IPAddress.Parse(options.Address), port, endpoint => Listen(endpoint, certificates));
        });
        var bound = new ConnectionBound("peer", options.MaxConnections, loggers.CreateLogger<ConnectionBound>());
        builder.Services.BoundConnections(_ => _ => bound);
        _server = builder.Build();
        _server.Run(new PeerEndpointRequests(handler, options, time, loggers.CreateLogger<PeerEndpointRequests>()).HandleAsync);
        await _server.StartAsync(cancellationToken);
        LogListening(Address!, certificates is not null);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Bound(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = handler.MaxBytes;
        limits.MinRequestBodyDataRate = limits.MinResponseDataRate = new MinDataRate(options.MinBodyBytesPerSecond, options.BodyRateGrace);
        limits.Http2.MaxStreamsPerConnection = options.MaxStreams;

        // Beyond what is refused in words the connection ends.
        limits.MaxRequestHeadersTotalSize = 2 * PeerRequestHandler.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = 64;
        limits.Http2.MaxRequestHeaderFieldSize = 2 * PeerRequestHandler.MaxHeaderBytes;
    }

    private void Listen(ListenOptions endpoint, Rotating<PeerCertificates>? certificates)
    {
        endpoint.Protocols = HttpProtocols.Http2;
        if (certificates is not null)
        {
            var refused = new RefusedCallers(time, loggers.CreateLogger<RefusedCallers>());
            endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = context => ValueTask.FromResult(Secure(certificates.Current, refused, context.Connection.RemoteEndPoint as IPEndPoint)),
            });
        }
    }

    // With a callback of our own: Kestrel's says nothing of a caller without a certificate.
    private static SslServerAuthenticationOptions Secure(PeerCertificates certificates, RefusedCallers refused, IPEndPoint? caller) => new()
    {
        ServerCertificateContext = certificates.Own,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = (_, shown, chain, _) =>
        {
            var reason = certificates.Trust.WhyRefusedAsClient(shown, chain);
            if (reason is not null)
            {
                refused.OnRefused(caller?.Address.ToString() ?? "?", reason);
            }

            return reason is null;
        },
    };

    [LoggerMessage(LogLevel.Error, "The certificates of the peer port are used as they were: {Reason}")]
    private partial void LogNotRenewed(string reason);

    [LoggerMessage(LogLevel.Information, "Peers of other clusters are served at {Address}, with certificates: {IsSecure}")]
    private partial void LogListening(Uri address, bool isSecure);
}
