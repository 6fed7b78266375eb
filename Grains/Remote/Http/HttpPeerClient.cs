using System.Collections.Concurrent;
using System.Net.Security;
using AllData.Configuration;
using AllData.Federation;
using AllData.Peers;
using AllData.Remote.Http.Messages;
using AllData.Remote.Http.Tls;

namespace AllData.Remote.Http;

/// <summary>
/// Reaches the peers of other clusters over the peer protocol (docs/peer-protocol.md): HTTP/2, with TLS and certificates of both ends unless the other one
/// is on this machine.
/// </summary>
internal sealed class HttpPeerClient : IPeerClient, IDisposable
{
    // The peers of a cluster share its endpoints; addresses change when an operator changes them.
    private const int MostKept = 1_000;

    private static readonly TimeSpan PingPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, HttpEndpoints> _clusters = new(StringComparer.Ordinal);
    private readonly HttpMessageInvoker _http;
    private readonly AllDataOptions _options;
    private readonly bool _isSecure;
    private readonly Func<Guid> _store;
    private readonly TimeProvider _time;

    /// <param name="options">Deadlines, limits, certificates.</param>
    /// <param name="store">The store of this silo; empty as long as it is not known.</param>
    /// <param name="time">The clock of the deadlines and of certificates.</param>
    /// <exception cref="FormatException">A certificate cannot be used.</exception>
    public HttpPeerClient(AllDataOptions options, Func<Guid> store, TimeProvider time)
    {
        (_options, _store, _time) = (options, store, time);

        // What cannot be used of changed files is told by the peer port, which has the same ones.
        var certificates = PeerCertificates.LoadRotating(options.Peers.Http, time, static _ => { });
        _isSecure = certificates is not null;
        _http = new HttpMessageInvoker(
            certificates is null ? Connections(options, null) : new RotatingHandler(certificates, current => Connections(options, current)));
    }

    /// <inheritdoc/>
    public PeerCapabilities Capabilities => PeerCapabilities.All;

    /// <inheritdoc/>
    public IReplica Connect(PeerId peer, string address) => new HttpReplica(CallerOf(PeerTarget.Of(peer), address), _options.Deadlines);

    /// <summary>The way to a cluster as a whole. Asks nothing yet.</summary>
    /// <exception cref="FormatException">Its addresses cannot be used by this silo.</exception>
    public IClusterCaller Connect(FederationCluster cluster) => new HttpClusterCaller(CallerOf(PeerTarget.Of(cluster), AddressOf(cluster)));

    /// <summary>The address of a cluster's peers.</summary>
    public static string AddressOf(FederationCluster cluster) => string.Join(',', cluster.Peers);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private HttpPeerCaller CallerOf(PeerTarget target, string address)
    {
        if (!_clusters.TryGetValue(address, out var endpoints))
        {
            endpoints = HttpEndpoints.Parse(address, _isSecure);
            endpoints = _clusters.Count < MostKept ? _clusters.GetOrAdd(address, endpoints) : endpoints;
        }

        return new HttpPeerCaller(_http, endpoints, target, _store, _options.Limits.LargestMessageBytes, _time);
    }

    private static SocketsHttpHandler Connections(AllDataOptions options, PeerCertificates? certificates) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,

        // Half of the deadline: another endpoint is to have its turn.
        ConnectTimeout = options.Deadlines.Replica / 2,
        KeepAlivePingDelay = PingPause,
        KeepAlivePingTimeout = PingPause,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        MaxResponseHeadersLength = 8,
        SslOptions = certificates is null ? new SslClientAuthenticationOptions() : Tls(certificates),
    };

    private static SslClientAuthenticationOptions Tls(PeerCertificates certificates) => new()
    {
        ClientCertificateContext = certificates.Own,
        RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
            certificates.Trust.WhyRefusedAsServer(shown, chain, errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) is null,
    };
}
