using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using AllData.Clustering;
using AllData.Peers;
using AllData.Security;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// The peers of a store on one machine: names, places, ports, directories. Every process computes the same layout from the same few numbers, so that one
/// peer can be started again alone. The store is one cluster, or one for each region.
/// </summary>
internal sealed class LocalClusterLayout
{
    /// <summary>The HTTP port of the first peer.</summary>
    public const int DefaultBasePort = 8081;

    /// <summary>Where the data is, relative to the current directory.</summary>
    public const string DefaultData = "data/local-cluster";

    /// <summary>Where the data of several clusters is: those of one cluster are another store.</summary>
    public const string DefaultDataOfClusters = "data/local-clusters";

    /// <summary>The client that may do everything, where the cluster is secure.</summary>
    public const string Admin = "admin";

    private const int SiloPortOffset = 100;
    private const int GatewayPortOffset = 200;
    private const int PeerPortOffset = 300;

    // Beyond what the client looks for by itself: it would take three clusters for one.
    private const int OtherGatewayPortOffset = 400;
    private const int WantedReplicationFactor = 3;

    private static readonly ImmutableArray<(string Name, string Region, string Zone)> Places =
    [
        ("north-a", "north", "a"), ("north-b", "north", "b"),
        ("west-c", "west", "c"), ("west-d", "west", "d"),
        ("east-e", "east", "e"), ("east-f", "east", "f"),
    ];

    private LocalClusterLayout(string data, int basePort, ImmutableArray<LocalClusterPeer> peers, int clusters, bool isSecure)
    {
        IsSecure = isSecure;
        Data = data;
        BasePort = basePort;
        Peers = peers;
        Clusters = clusters;
    }

    /// <summary>Most peers that a local cluster can have.</summary>
    public static int MaxPeers => Places.Length;

    /// <summary>Highest first port: the last peer's gateway must still be a port.</summary>
    public static int MaxBasePort => IPEndPoint.MaxPort - GatewayPortOffset - MaxPeers + 1;

    /// <summary>The same for several clusters.</summary>
    public static int MaxBasePortOfClusters => MaxBasePort - OtherGatewayPortOffset + GatewayPortOffset;

    /// <summary>How many clusters there can be besides one: one for each region.</summary>
    public static int MaxClusters => Places.Select(static place => place.Region).Distinct().Count();

    /// <summary>Names that a peer can have, in their order.</summary>
    public static IEnumerable<string> Names => Places.Select(place => place.Name);

    /// <summary>The directory of the whole cluster, absolute.</summary>
    public string Data { get; }

    /// <summary>The HTTP port of the first peer.</summary>
    public int BasePort { get; }

    /// <summary>The peers in their order.</summary>
    public ImmutableArray<LocalClusterPeer> Peers { get; }

    /// <summary>How many clusters the store has: one, or one for each region.</summary>
    public int Clusters { get; }

    /// <summary>Whether its ports speak TLS and its callers need certificates.</summary>
    public bool IsSecure { get; }

    /// <summary>The certificates of its silos and of the client <see cref="Admin"/>, and what that client may do; where it is secure.</summary>
    public CertificateDirectory Certificates => new(Path.Combine(Data, "certs"), TimeProvider.System);

    /// <summary>The document that names the clusters, where there are several.</summary>
    public string FederationFile => Path.Combine(Data, "federation.json");

    /// <summary>Replicas of each event: three, or as many as there are peers.</summary>
    public int ReplicationFactor => Math.Min(WantedReplicationFactor, Peers.Length);

    /// <summary>The database that the silos share for membership and grain state.</summary>
    public string DatabaseFile => Path.Combine(Data, "cluster.db");

    /// <summary>A sentence when there are too few peers for the usual replication factor; otherwise null.</summary>
    public string? Shortage => ReplicationFactor == WantedReplicationFactor
        ? null
        : $"{Peers.Length} of {MaxPeers} peers: each event is kept {ReplicationFactor} time(s) instead of {WantedReplicationFactor}. "
            + $"Use --peers {WantedReplicationFactor} or more for {WantedReplicationFactor}.";

    /// <summary>Why there is no such layout, a sentence; null when there is one.</summary>
    public static string? WhyImpossible(int basePort, int peers, int clusters) =>
        clusters == 1 ? null
        : clusters != MaxClusters ? $"--clusters is {clusters}; 1, or {MaxClusters} for one in each region, are possible."
        : peers != MaxPeers ? $"--clusters {clusters} needs all {MaxPeers} peers, two for each cluster: leave --peers out."
        : basePort > MaxBasePortOfClusters ? $"--base-port is {basePort}; with --clusters {clusters}, 1 to {MaxBasePortOfClusters} are possible."
        : null;

    /// <summary>Lays out a cluster, or several.</summary>
    /// <param name="data">Its directory.</param>
    /// <param name="basePort">HTTP port of the first peer; the others follow, silo ports 100 above, gateways 200 above.</param>
    /// <param name="peers">How many peers, the first ones by order.</param>
    /// <param name="clusters">How many clusters.</param>
    /// <param name="isSecure">Whether its ports speak TLS and its callers need certificates.</param>
    /// <exception cref="ArgumentOutOfRangeException">Too few or too many peers or clusters, or a port that does not exist.</exception>
    public static LocalClusterLayout Create(string data, int basePort, int peers, int clusters = 1, bool isSecure = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(peers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(peers, MaxPeers);
        ArgumentOutOfRangeException.ThrowIfLessThan(basePort, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basePort, MaxBasePort);
        if (WhyImpossible(basePort, peers, clusters) is { } reason)
        {
            throw new ArgumentOutOfRangeException(nameof(clusters), clusters, reason);
        }

        var root = Path.GetFullPath(data);
        return new LocalClusterLayout(
            root, basePort, [.. Places.Take(peers).Select((_, index) => PeerAt(root, basePort, index, clusters > 1) with { IsSecure = isSecure })], clusters,
            isSecure);
    }

    private static LocalClusterPeer PeerAt(string root, int basePort, int index, bool hasClusters)
    {
        var (name, region, zone) = Places[index];
        var gateway = basePort + index + (hasClusters && region != Places[0].Region ? OtherGatewayPortOffset : GatewayPortOffset);
        return new LocalClusterPeer(
            PeerId.Parse(name), new PeerLocation(region, zone), basePort + index, basePort + SiloPortOffset + index, gateway, Path.Combine(root, name))
        {
            Cluster = hasClusters ? region : null,
            PeerPort = hasClusters ? basePort + PeerPortOffset + index : null,
        };
    }

    /// <summary>The number of a cluster in the federation document: those of others do not change when one is dropped.</summary>
    public static int NumberOf(string cluster) => Places.Select(static place => place.Region).Distinct().ToList().IndexOf(cluster);

    /// <summary>The same store without clusters of it, which were dropped.</summary>
    public LocalClusterLayout Without(IReadOnlyCollection<string> clusters) =>
        clusters.Count == 0 ? this : new(Data, BasePort, Peers.RemoveAll(peer => clusters.Contains(peer.Cluster)), Clusters, IsSecure);

    /// <summary>The peer of a name; null when this layout has none.</summary>
    public LocalClusterPeer? Find(string name) => Peers.FirstOrDefault(peer => peer.Id.Value == name);

    /// <summary>The settings that make a silo this peer. Nothing from the environment may change them: peers would swap places.</summary>
    public IReadOnlyDictionary<string, string?> IdentityOf(LocalClusterPeer peer)
    {
        var identity = OwnIdentityOf(peer);
        if (peer is { Cluster: { } cluster, PeerPort: { } port })
        {
            identity["AllData:Cluster:DatabaseFile"] = Path.Combine(Data, $"{cluster}.db");
            identity["AllData:Federation:File"] = FederationFile;
            identity["AllData:Federation:Cluster"] = cluster;
            identity["AllData:Peers:Http:Address"] = "127.0.0.1";
            identity["AllData:Peers:Http:Port"] = Text(port);
        }

        if (IsSecure)
        {
            AddCertificates(identity, peer);
        }

        return identity;
    }

    private void AddCertificates(Dictionary<string, string?> identity, LocalClusterPeer peer)
    {
        foreach (var (setting, value) in Certificates.SettingsOf(peer.Id.Value, new AllDataClusterOptions().ClusterId))
        {
            identity[setting] = value;
        }

        if (peer.PeerPort is not null)
        {
            identity["AllData:Peers:Http:CertificateFile"] = Certificates.CertificateOf(peer.Id.Value);
            identity["AllData:Peers:Http:KeyFile"] = Certificates.KeyOf(peer.Id.Value);
            identity["AllData:Peers:Http:TrustedCaFile"] = Certificates.CertificateOf(CertificateDirectory.SiloAuthority);
        }
    }

    private Dictionary<string, string?> OwnIdentityOf(LocalClusterPeer peer) => new()
    {
        ["AllData:Peer:Id"] = peer.Id.Value,
        ["AllData:Peer:Region"] = peer.Location.Region,
        ["AllData:Peer:Zone"] = peer.Location.Zone,
        ["AllData:Peer:Endpoint"] = peer.HttpAddress.GetLeftPart(UriPartial.Authority),
        ["AllData:DataDirectory"] = peer.DataDirectory,
        ["AllData:Http:Port"] = Text(peer.HttpPort),
        ["AllData:Silo:SiloPort"] = Text(peer.SiloPort),
        ["AllData:Silo:GatewayPort"] = Text(peer.GatewayPort),
        ["AllData:Cluster:DatabaseFile"] = DatabaseFile,
    };

    /// <summary>The default settings of a local cluster.</summary>
    public IReadOnlyDictionary<string, string?> Defaults => new Dictionary<string, string?>
    {
        ["AllData:Replication:Factor"] = Text(ReplicationFactor),
        ["AllData:Replication:OtherZoneReplicas"] = "1",
        ["AllData:Replication:OtherRegionReplicas"] = "1",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
