using System.Net.Security;
using System.Net.Sockets;
using AllData.Security;

namespace AllData.Silo.LocalCluster;

/// <summary>Asks a peer whether it accepts puts.</summary>
internal interface IReadinessProbe
{
    /// <summary>Null when it does; otherwise why not.</summary>
    Task<string?> AskAsync(LocalClusterPeer peer, CancellationToken cancellation);
}

/// <summary>Asks over HTTP. Where the cluster is secure, it asks nothing but whether the peer is ready, so that it needs no certificate.</summary>
/// <param name="trust">Which certificates of silos it trusts; null where the cluster is not secure.</param>
internal sealed class HttpReadinessProbe(Func<CertificateTrust>? trust = null) : IReadinessProbe, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, chain, _) =>
                trust is not null && trust().WhyRefusedAsServer(shown, chain, isOtherName: false) is null,
        },
    })
    { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>A probe for the peers of a local cluster.</summary>
    public static HttpReadinessProbe Of(LocalClusterLayout layout)
    {
        // Read when it is needed: the files are made when the cluster starts.
        var trust = new Lazy<CertificateTrust>(() =>
        {
            var file = layout.Certificates.CertificateOf(CertificateDirectory.SiloAuthority);
            return new CertificateTrust(CertificateFiles.ReadAuthorities("--secure", file), new HashSet<string>(), TimeProvider.System);
        });
        return new HttpReadinessProbe(layout.IsSecure ? () => trust.Value : null);
    }

    public async Task<string?> AskAsync(LocalClusterPeer peer, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(peer.HttpAddress, "/health/ready"), cancellation);
            return response.IsSuccessStatusCode ? null : await response.Content.ReadAsStringAsync(cancellation);
        }
        // A connection that is reset as soon as it is established throws a bare SocketException.
        catch (Exception e) when (e is HttpRequestException or SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return e.Message;
        }
    }

    public void Dispose() => _http.Dispose();
}
