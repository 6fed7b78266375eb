using AllData.Peers;

namespace AllData.Silo.LocalCluster;

/// <summary>One peer of a local cluster.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Location">Its region and zone.</param>
/// <param name="HttpPort">Where it takes events.</param>
/// <param name="SiloPort">Where the other silos reach it.</param>
/// <param name="GatewayPort">Where Orleans clients reach it.</param>
/// <param name="DataDirectory">Its data, and its log.</param>
internal sealed record LocalClusterPeer(PeerId Id, PeerLocation Location, int HttpPort, int SiloPort, int GatewayPort, string DataDirectory)
{
    /// <summary>The cluster that it is in; null where the layout is one cluster.</summary>
    public string? Cluster { get; init; }

    /// <summary>Where silos of the other clusters reach it; null where there is no other cluster.</summary>
    public int? PeerPort { get; init; }

    /// <summary>Whether its ports speak TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Its log, written by the process that started it.</summary>
    public string LogFile => Path.Combine(DataDirectory, "silo.log");

    /// <summary>Where it takes events.</summary>
    public Uri HttpAddress => new($"{Scheme}://127.0.0.1:{HttpPort}");

    /// <summary>Where silos of the other clusters reach it, as text; null where there is no other cluster.</summary>
    public string? PeerAddress => PeerPort is { } port ? $"{Scheme}://127.0.0.1:{port}" : null;

    private string Scheme => IsSecure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;

    /// <summary>Its ports and what each is for.</summary>
    public IEnumerable<(int Port, string Purpose)> Ports =>
    [
        (HttpPort, $"HTTP of {Id}"), (SiloPort, $"silo port of {Id}"), (GatewayPort, $"gateway of {Id}"),
        .. PeerPort is { } port ? [(port, $"peer port of {Id}")] : Enumerable.Empty<(int, string)>(),
    ];
}
