using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using AllData.Peers;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// The peers of a cluster on one machine: names, places, ports, directories. Every process computes the same layout from the same three numbers, so
/// that one peer can be started again alone.
/// </summary>
internal sealed class LocalClusterLayout
{
    /// <summary>The HTTP port of the first peer.</summary>
    public const int DefaultBasePort = 8081;

    /// <summary>Where the data is, relative to the current directory.</summary>
    public const string DefaultData = "data/local-cluster";

    private const int SiloPortOffset = 100;
    private const int GatewayPortOffset = 200;
    private const int WantedReplicationFactor = 3;

    private static readonly ImmutableArray<(string Name, string Region, string Zone)> Places =
    [
        ("north-a", "north", "a"), ("north-b", "north", "b"),
        ("west-c", "west", "c"), ("west-d", "west", "d"),
        ("east-e", "east", "e"), ("east-f", "east", "f"),
    ];

    private LocalClusterLayout(string data, int basePort, ImmutableArray<LocalClusterPeer> peers)
    {
        Data = data;
        BasePort = basePort;
        Peers = peers;
    }

    /// <summary>Most peers that a local cluster can have.</summary>
    public static int MaxPeers => Places.Length;

    /// <summary>Highest first port: the last peer's gateway must still be a port.</summary>
    public static int MaxBasePort => IPEndPoint.MaxPort - GatewayPortOffset - MaxPeers + 1;

    /// <summary>Names that a peer can have, in their order.</summary>
    public static IEnumerable<string> Names => Places.Select(place => place.Name);

    /// <summary>The directory of the whole cluster, absolute.</summary>
    public string Data { get; }

    /// <summary>The HTTP port of the first peer.</summary>
    public int BasePort { get; }

    /// <summary>The peers in their order.</summary>
    public ImmutableArray<LocalClusterPeer> Peers { get; }

    /// <summary>Replicas of each event: three, or as many as there are peers.</summary>
    public int ReplicationFactor => Math.Min(WantedReplicationFactor, Peers.Length);

    /// <summary>The database that the silos share for membership and grain state.</summary>
    public string DatabaseFile => Path.Combine(Data, "cluster.db");

    /// <summary>A sentence when there are too few peers for the usual replication factor; otherwise null.</summary>
    public string? Shortage => ReplicationFactor == WantedReplicationFactor
        ? null
        : $"{Peers.Length} of {MaxPeers} peers: each event is kept {ReplicationFactor} time(s) instead of {WantedReplicationFactor}. "
            + $"Use --peers {WantedReplicationFactor} or more for {WantedReplicationFactor}.";

    /// <summary>Lays out a cluster.</summary>
    /// <param name="data">Its directory.</param>
    /// <param name="basePort">HTTP port of the first peer; the others follow, silo ports 100 above, gateways 200 above.</param>
    /// <param name="peers">How many peers, the first ones by order.</param>
    /// <exception cref="ArgumentOutOfRangeException">Too few or too many peers, or a port that does not exist.</exception>
    public static LocalClusterLayout Create(string data, int basePort, int peers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(peers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(peers, MaxPeers);
        ArgumentOutOfRangeException.ThrowIfLessThan(basePort, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basePort, MaxBasePort);
        var root = Path.GetFullPath(data);
        return new LocalClusterLayout(root, basePort, [.. Places.Take(peers).Select((place, index) => new LocalClusterPeer(
            PeerId.Parse(place.Name), new PeerLocation(place.Region, place.Zone),
            basePort + index, basePort + SiloPortOffset + index, basePort + GatewayPortOffset + index, Path.Combine(root, place.Name)))]);
    }

    /// <summary>The peer of a name; null when this layout has none.</summary>
    public LocalClusterPeer? Find(string name) => Peers.FirstOrDefault(peer => peer.Id.Value == name);

    /// <summary>The settings that make a silo this peer. Nothing from the environment may change them: peers would swap places.</summary>
    public IReadOnlyDictionary<string, string?> IdentityOf(LocalClusterPeer peer) => new Dictionary<string, string?>
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
