using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Builds topologies. Peers are called p1, p2, ... after their ordinals.</summary>
internal static class TestTopology
{
    public static PeerDescriptor Peer(int ordinal, string location, PeerStatus status = PeerStatus.Active, bool stores = true)
    {
        var parts = location.Split('/');
        var where = new PeerLocation(parts[0], parts[1]);
        return new PeerDescriptor(PeerId.Parse($"p{ordinal}"), where, status, stores, ordinal, Guid.Empty, "");
    }

    /// <summary>Active peers at the given locations, <c>region/zone</c>, in this order.</summary>
    public static Topology Of(params string[] locations) => Of(locations.Select((location, i) => Peer(i + 1, location)));

    public static Topology Of(IEnumerable<PeerDescriptor> peers, long version = 1) => Topology.Prepare(new TopologySnapshot
    {
        Version = version,
        ClusterId = Guid.Empty,
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [.. peers],
        Ordinals = [],
    });

    /// <summary>Peers in up to three regions of up to three zones, some of them not active.</summary>
    public static Topology Random(Random random, int maxPeers, int percentInactive = 15)
    {
        var peers = new PeerDescriptor[random.Next(1, maxPeers + 1)];
        var regions = random.Next(1, 4);
        var zones = random.Next(1, 4);
        for (var i = 0; i < peers.Length; i++)
        {
            var isInactive = random.Next(100) < percentInactive;
            var status = isInactive ? (PeerStatus)random.Next(0, 4) : PeerStatus.Active;
            var location = $"r{random.Next(regions)}/z{random.Next(zones)}";
            peers[i] = Peer(i + 1, location, status, stores: !isInactive || status != PeerStatus.Active);
        }

        return Of(peers);
    }

    /// <summary>The seed's six peers: p1 north/a, p2 north/b, p3 west/c, p4 west/d, p5 east/e, p6 east/f.</summary>
    public static Topology Seed() => Of("north/a", "north/b", "west/c", "west/d", "east/e", "east/f");

    /// <summary>So many peers that none of the tiers runs short: 3 regions of 4 zones of 5 peers; p1 is in r0/z0.</summary>
    public static Topology Plentiful() =>
        Of([.. Enumerable.Range(0, 3 * 4 * 5).Select(i => $"r{i / 20}/z{i / 5 % 4}")]);

    /// <summary>The coordinator at a peer of the topology, by ordinal.</summary>
    public static LocalPeer At(Topology topology, int ordinal)
    {
        Assert.True(topology.TryGetPeerOfOrdinal(ordinal, out var peer));
        return new LocalPeer(peer, topology[topology.IndexOf(peer)].Location);
    }

    public static PlacementPolicy Policy(
        int replicationFactor, int otherZones = 0, int otherRegions = 0, bool allowUnderReplicated = false, SpreadDemand? spread = null) =>
        new()
        {
            ReplicationFactor = replicationFactor,
            OtherZoneReplicas = otherZones,
            OtherRegionReplicas = otherRegions,
            AllowUnderReplicated = allowUnderReplicated,
            Spread = spread ?? SpreadDemand.None,
        };

    /// <summary>Names of chosen peers, in order.</summary>
    public static string[] Names(this IEnumerable<ReplicaTarget> targets) => [.. targets.Select(target => target.Peer.Value)];

    public static int[] CountTiers(this PlacedCopyset copyset) =>
        [.. Enum.GetValues<PlacementTier>().Select(tier => copyset.Members.Count(member => member.Tier == tier))];
}

/// <summary>Availability that a test sets, by peer index; all are available at first.</summary>
internal sealed class TestAvailability(Topology topology) : IPeerAvailability
{
    private readonly PeerAvailability[] _peers = new PeerAvailability[topology.Count];
    private AlivePeers? _alive;

    public PeerAvailability this[int peerIndex]
    {
        get => _peers[peerIndex];
        set
        {
            _peers[peerIndex] = value;
            _alive = null;
            var bit = peerIndex < 32 ? 1u << peerIndex : 0;
            Dead = value == PeerAvailability.Dead ? Dead | bit : Dead & ~bit;
        }
    }

    /// <summary>The dead peers, one bit each.</summary>
    public uint Dead { get; private set; }

    public static TestAvailability AllOf(Topology topology) => new(topology);

    public static TestAvailability Where(Topology topology, params (string Peer, PeerAvailability Availability)[] exceptions)
    {
        var availability = AllOf(topology);
        foreach (var (peer, value) in exceptions)
        {
            availability[topology.IndexOf(PeerId.Parse(peer))] = value;
        }

        return availability;
    }

    public PeerAvailability Of(int peerIndex) => _peers[peerIndex];

    public AlivePeers Alive => _alive ??= new AlivePeers(topology, index => _peers[index] != PeerAvailability.Dead);

    public void ChangeOne(Random random) => this[random.Next(_peers.Length)] = (PeerAvailability)random.Next(3);
}
