using AllData.Configuration;
using AllData.Peers;

namespace AllData.Remote.Original;

/// <summary>
/// Reaches nodes of the original alldata (alldata-peer-server-http): they take events one by one and are asked nothing. They know neither encryption nor who
/// calls, so a private network is theirs.
/// </summary>
internal sealed class OriginalNodeClient : IPeerClient, IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly DeadlineOptions _deadlines;
    private readonly TimeProvider _time;

    public OriginalNodeClient(DeadlineOptions deadlines, TimeProvider time)
    {
        (_deadlines, _time) = (deadlines, time);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = deadlines.Replica,
            MaxConnectionsPerServer = OriginalNodeReplica.MaxAtOnce,
            MaxResponseHeadersLength = 8,
        });
    }

    /// <inheritdoc/>
    public PeerCapabilities Capabilities => PeerCapabilities.PutOnly;

    /// <inheritdoc/>
    public IReplica Connect(PeerId peer, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", UserInfo: "" }
            ? new OriginalNodeReplica(new OriginalNodeCaller(_http, uri, peer, _time), _deadlines, _time)
            : throw new FormatException($"'{address}' is no address of an original node: write its URL, for example http://10.0.0.9:8080/.");

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
