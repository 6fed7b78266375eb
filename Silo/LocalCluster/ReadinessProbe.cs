using System.Net.Sockets;

namespace AllData.Silo.LocalCluster;

/// <summary>Asks a peer whether it accepts puts.</summary>
internal interface IReadinessProbe
{
    /// <summary>Null when it does; otherwise why not.</summary>
    Task<string?> AskAsync(LocalClusterPeer peer, CancellationToken cancellation);
}

/// <summary>Asks over HTTP.</summary>
internal sealed class HttpReadinessProbe : IReadinessProbe, IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

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
