using System.Collections.Immutable;
using System.Net;
using System.Text;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Encryption;
using AllData.Events;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;
using AllData.Reading;
using AllData.Remote;
using AllData.Replication;
using AllData.Storage.Opening;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Reading;

/// <summary>A cluster in memory, as far as a scan sees it: a silo that knows its peers, and the peers' replicas.</summary>
internal sealed class ScanBench : IClusterConfirmation, IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HostedPeer _hostedPeer;
    private readonly TopologyCache _topologies;
    private readonly ImmutableArray<FakePeer> _peers;
    private readonly ConfiguredFederation _federation;
    private ScanServices? _services;

    private ScanBench(ConfiguredFederation federation, params FakePeer[] peers)
    {
        (_peers, _federation) = ([.. peers], federation);
        var options = Options.Create(new AllDataOptions { Peer = new PeerOptions { Id = "reader", Stores = false }, DataDirectory = _directory.Path });
        _hostedPeer = new HostedPeer(
            options, new ReplicaStoreFactory(options.Value.Storage, minFreeBytes: 0, StorageSeams.None, Time, NullLoggerFactory.Instance),
            ConfiguredFederation.None, Time, NullLoggerFactory.Instance, NullLogger<HostedPeer>.Instance);
        _topologies = new TopologyCache(
            _hostedPeer,
            new HostingSilos(Alive(peers)),
            new NoRegionLinks(),
            new PeerHealth(_hostedPeer.Id, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)),
            federation,
            Time,
            NullLogger<TopologyCache>.Instance);
        Registry = () => Task.FromResult(TopologyOf(1, peers.Length));
    }

    public FakeTimeProvider Time { get; } = new();

    /// <summary>Answers for the registry.</summary>
    public Func<Task<TopologySnapshot>> Registry { get; set; }

    /// <summary>The other clusters that do not confirm which peers they have.</summary>
    public ImmutableArray<FederationCluster> Unconfirmed { get; set; } = [];

    /// <summary>Peers of these names, all alive; the silo has been told of all.</summary>
    public static Task<ScanBench> StartAsync(params FakePeer[] peers) => StartAsync(ConfiguredFederation.None, peers);

    /// <summary>Peers of these names, in one cluster of a store.</summary>
    public static async Task<ScanBench> StartAsync(ConfiguredFederation federation, params FakePeer[] peers)
    {
        var bench = await StartUnknowingAsync(federation, peers);
        bench.Tell(1, peers.Length);
        return bench;
    }

    /// <summary>Peers that the silo has not been told of.</summary>
    public static Task<ScanBench> StartUnknowingAsync(params FakePeer[] peers) => StartUnknowingAsync(ConfiguredFederation.None, peers);

    private static async Task<ScanBench> StartUnknowingAsync(ConfiguredFederation federation, FakePeer[] peers)
    {
        var bench = new ScanBench(federation, peers);
        await bench._hostedPeer.OpenAsync();
        return bench;
    }

    /// <summary>The topology of the first peers.</summary>
    public TopologySnapshot TopologyOf(long version, int peers) => new()
    {
        Version = version,
        ClusterId = TestBlocks.Cluster,
        IntervalLength = TimeSpan.FromDays(1),
        Ordinals = [],
        Peers = [.. _peers.Take(peers).OrderBy(static p => p.Id).Select(static (p, i) =>
            new PeerDescriptor(p.Id, new PeerLocation("r", "z"), PeerStatus.Active, Stores: true, i + 1, Guid.Empty, ""))],
    };

    /// <summary>What payloads are read with.</summary>
    public IPayloadKeyProvider PayloadKeys { get; set; } = PayloadKeyFiles.None;

    /// <summary>Tells the silo of the first peers.</summary>
    public void Tell(long version, int peers) => _topologies.Offer(TopologyOf(version, peers));

    /// <summary>Another cluster of the store has said what peers it has.</summary>
    public void Tell(ClusterSnapshot cluster) => _topologies.Offer(cluster);

    /// <summary>Tells the silo of these peers, of which another cluster of the store registers the last ones.</summary>
    public void TellOfTwoClusters(int ownPeers)
    {
        var all = TopologyOf(1, _peers.Length);
        _topologies.Offer(all with { Peers = all.Peers[..ownPeers] });
        _topologies.Offer(new ClusterSnapshot(1, all with { Peers = all.Peers[ownPeers..] }, []));
        Registry = () => Task.FromResult(all with { Peers = all.Peers[..ownPeers] });
    }

    /// <summary>The silo begins to stop.</summary>
    public void Stop() => _hostedPeer.Stop();

    /// <summary>A reader of single keys at this silo.</summary>
    public EventReaderGrain CreateReader() =>
        new(Services(), NullLogger<EventReaderGrain>.Instance);

    /// <summary>The peers as the silo knows them.</summary>
    public LiveTopology Live => _topologies.KnownPeers;

    /// <summary>Asks the peers whether they take blocks of late events.</summary>
    public LateTakers CreateLateTakers() => new(Replicas(), Options.Create(new AllDataOptions()), Time, NullLogger<LateTakers>.Instance);

    /// <summary>Scans to the end.</summary>
    public async Task<ScanRun> ScanAsync(ScanRange? range = null, CancellationToken stop = default)
    {
        var (events, doubts, pages) = (new List<(EventKey, string)>(), new DoubtLedger(), 0);
        EventKey? unsafeFrom = null;
        var (unreadable, conflicts) = (new List<UnreadablePayload>(), new List<EventKey>());
        _services ??= Services();
        await foreach (var page in new ClusterScan(_services, range ?? ScanRange.All).ReadPagesAsync(stop))
        {
            unsafeFrom = page.UnsafeFrom;
            unreadable.AddRange(page.Unreadable);
            conflicts.AddRange(page.Conflicts);
            var reader = page.GetReader();
            while (reader.MoveNext())
            {
                events.Add((reader.Current.Key, Encoding.UTF8.GetString(reader.Current.Payload)));
            }

            foreach (var doubt in page.Doubts)
            {
                doubts.Add(doubt);
            }

            pages++;
        }

        return new ScanRun(events, doubts.ToImmutable(), pages) { UnsafeFrom = unsafeFrom, Unreadable = unreadable, Conflicts = conflicts };
    }

    /// <summary>Reads as readers that follow are given events.</summary>
    public async Task<(List<ScannedEvent> Events, ImmutableArray<ScanDoubt> Doubts)> ReadByPositionAsync(EventKey after, EventKey upTo, Topic? topic = null)
    {
        _services ??= Services();
        var (events, isLast) = (new List<ScannedEvent>(), false);
        var doubts = ImmutableArray<ScanDoubt>.Empty;
        await foreach (var page in new PositionScan(_services, after, upTo, topic).ReadPagesAsync(CancellationToken.None))
        {
            Assert.False(isLast);
            events.AddRange(page.Unpack());
            (isLast, doubts) = (page.IsLast, [.. doubts, .. page.Doubts]);
        }

        Assert.True(isLast);
        return (events, doubts);
    }

    /// <summary>The same, the pages that have events.</summary>
    public async Task<List<ScanPage>> ReadPagesByPositionAsync(EventKey after, EventKey upTo)
    {
        var pages = new List<ScanPage>();
        await foreach (var page in new PositionScan(_services ??= Services(), after, upTo).ReadPagesAsync(CancellationToken.None))
        {
            pages.AddRange(page.Count > 0 ? [page] : []);
        }

        return pages;
    }

    public Task<ImmutableArray<FederationCluster>> FindUnconfirmedAsync() => Task.FromResult(Unconfirmed);

    public async ValueTask DisposeAsync()
    {
        await _hostedPeer.DisposeAsync();
        _directory.Dispose();
    }

    private ScanServices Services() => new(
        Replicas(), () => Registry(), _topologies, new PeerHomes(_topologies, _federation), this, _hostedPeer, Time, PayloadKeys,
        NullLogger<ClusterScan>.Instance);

    private PeerReplicas Replicas() => GrainPeerClient.OnlyGrains(Grains(), new DeadlineOptions(), Time);

    private IGrainFactory Grains() => GrainStub.Of<IGrainFactory>((method, args) => method.GetGenericArguments()[0] == typeof(IPeerRegistryGrain)
        ? GrainStub.Of<IPeerRegistryGrain>((_, _) => Registry())
        : _peers.Single(p => p.Id == GrainFactoryExtensions.ParseReplicaKey((string)args[0]!)).Grain);

    private static IClusterMembershipService Alive(FakePeer[] peers)
    {
        var members = peers.Select(static (p, i) => new ClusterMember(SiloAddress.New(IPAddress.Loopback, i + 1, 1), SiloStatus.Active, p.Id.Value));
        var snapshot = new ClusterMembershipSnapshot(members.ToImmutableDictionary(static m => m.SiloAddress), new MembershipVersion(1));
        return GrainStub.Of<IClusterMembershipService>((_, _) => snapshot);
    }
}

/// <summary>What a scan gave.</summary>
internal sealed record ScanRun(List<(EventKey Key, string Payload)> Events, ImmutableArray<ScanDoubt> Doubts, int Pages)
{
    public EventKey? UnsafeFrom { get; init; }

    public IReadOnlyList<UnreadablePayload> Unreadable { get; init; } = [];

    public IReadOnlyList<EventKey> Conflicts { get; init; } = [];

    public string Text => string.Concat(Events.Select(static e => e.Payload));

    public IEnumerable<string> DoubtedPeers => Doubts.Select(static d => d.Peer.Value).Distinct().Order();
}
