using AllData.Clustering;
using AllData.Configuration;
using AllData.Events;
using AllData.Hosting;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Storage.Opening;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Orleans.TestingHost;

namespace AllData.Tests.Support;

/// <summary>
/// A test cluster of real silos, each its own peer with its own zone, region and data directory, composed by the same <c>AddAllData</c> as the
/// silo program.
/// </summary>
internal sealed class AllDataCluster : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    // Six silos start and end in one process, perhaps beside other work.
    private static readonly TimeSpan LifeBound = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _data = new();
    private readonly PeerSpec[] _peers;
    private readonly Action<PeerSpec, AllDataOptions> _configure;
    private readonly Func<PeerSpec, TimeProvider> _clocks;
    private readonly Func<PeerSpec, StorageSeams> _seams;
    private readonly Action<IServiceCollection> _services;
    private readonly Action<ISiloBuilder> _silos;
    private readonly Action<IClientBuilder> _clients;
    private readonly List<InProcessSiloHandle> _restarted = [];
    private InProcessTestCluster _cluster = null!;

    private AllDataCluster(
        PeerSpec[] peers, Action<PeerSpec, AllDataOptions> configure, Func<PeerSpec, TimeProvider> clocks, Func<PeerSpec, StorageSeams> seams,
        Action<IServiceCollection> services, Action<ISiloBuilder> silos, Action<IClientBuilder> clients)
    {
        _peers = peers;
        _configure = configure;
        _clocks = clocks;
        _seams = seams;
        _services = services;
        _silos = silos;
        _clients = clients;
    }

    /// <summary>The seed's six peers.</summary>
    public static PeerSpec[] Six { get; } =
    [
        new("north-a", "north", "a"), new("north-b", "north", "b"), new("west-c", "west", "c"),
        new("west-d", "west", "d"), new("east-e", "east", "e"), new("east-f", "east", "f"),
    ];

    /// <summary>The client.</summary>
    public IClusterClient Client => _cluster.Client;

    /// <summary>Starts silos and waits until every peer is registered and known alive everywhere.</summary>
    /// <param name="peers">The peers.</param>
    /// <param name="configure">Sets the options of each.</param>
    /// <param name="time">The clock of all of them.</param>
    /// <param name="clocks">The clock of each, where they differ.</param>
    /// <param name="seams">What is reached into below the store of each.</param>
    /// <param name="services">Puts other services in the place of the store's, in each.</param>
    /// <param name="silos">Adds to each silo.</param>
    /// <param name="clients">Adds to the client.</param>
    public static async Task<AllDataCluster> StartAsync(
        PeerSpec[] peers, Action<PeerSpec, AllDataOptions>? configure = null, TimeProvider? time = null, Func<PeerSpec, TimeProvider>? clocks = null,
        Func<PeerSpec, StorageSeams>? seams = null, Action<IServiceCollection>? services = null,
        Action<ISiloBuilder>? silos = null, Action<IClientBuilder>? clients = null)
    {
        var cluster = new AllDataCluster(
            peers, configure ?? ((_, _) => { }), clocks ?? (_ => time ?? TimeProvider.System), seams ?? (_ => StorageSeams.None),
            services ?? (static _ => { }), silos ?? (static _ => { }), clients ?? (static _ => { }));
        await cluster.DeployAsync();
        return cluster;
    }

    /// <summary>A service of one silo.</summary>
    public T Service<T>(string peer) where T : notnull => SiloOf(peer).ServiceProvider.GetRequiredService<T>();

    /// <summary>The coordinator on one silo: a stateless worker is placed where the call comes from.</summary>
    public IPutCoordinatorGrain CoordinatorOn(string peer) => Service<IGrainFactory>(peer).GetPutCoordinator();

    /// <summary>Stops a silo without a goodbye.</summary>
    public Task KillAsync(string peer)
    {
        var silo = SiloOf(peer);
        _restarted.Remove(silo);
        return _cluster.KillSiloAsync(silo).Within(LifeBound);
    }

    /// <summary>Starts a killed silo again on its own data.</summary>
    public async Task RestartAsync(string peer, int? expectedPeers = null)
    {
        var starting = _cluster.StartSiloAsync(Array.FindIndex(_peers, p => p.Id == peer), _cluster.Options);
        await starting.Within(LifeBound);
        _restarted.Add(await starting);
        await ReadyAsync(expectedPeers ?? Silos.Count());
    }

    /// <summary>Reads a key through one silo.</summary>
    public Task<EventReadResult> CoordinatorReadAsync(string peer, EventKey key) => Eventually.IsAsync(
        "an event is read, or all peers that may hold it answer", () => Service<IGrainFactory>(peer).GetEventReader().Get(key),
        static read => !read.Events.IsEmpty || read.Silent.IsDefaultOrEmpty);

    /// <summary>Waits until every silo plans with a topology, or a newer one.</summary>
    public async Task AwaitTopologyAsync(TopologySnapshot topology)
    {
        foreach (var silo in Silos)
        {
            var topologies = silo.ServiceProvider.GetRequiredService<TopologyCache>();
            await Eventually.Holds(
                $"waiting until {silo.ServiceProvider.GetRequiredService<ILocalSiloDetails>().Name} has topology {topology.Version}",
                Bound,
                () => topologies.Current.Topology.Version >= topology.Version,
                () => $"version {topologies.Current.Topology.Version}");
        }
    }

    /// <summary>Where a peer keeps its data.</summary>
    public string DataDirectoryOf(string peer) => Path.Combine(_data.Path, peer);

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _restarted)
        {
            await silo.StopSiloAsync(stopGracefully: false).Within(LifeBound);
        }

        await _cluster.DisposeAsync().AsTask().Within(LifeBound);
        _data.Dispose();
    }

    // The test cluster itself forgets silos that were started again.
    private IEnumerable<InProcessSiloHandle> Silos => _cluster.Silos.Concat(_restarted);

    private async Task DeployAsync()
    {
        var builder = new InProcessTestClusterBuilder((short)_peers.Length);
        builder.ConfigureSiloHost((options, _) => options.SiloName = SpecOf(options).Id);
        builder.ConfigureSilo((options, silo) =>
        {
            var spec = SpecOf(options);
            silo.Services.AddSingleton(_clocks(spec));

            // A clock that a test sets is the store's: by Orleans' own, silos would be dead that have not said since then that they are alive.
            silo.Services.AddKeyedSingleton(TimeProviderNames.Membership, TimeProvider.System);
            silo.Services.AddKeyedSingleton(TimeProviderNames.Messaging, TimeProvider.System);
            silo.Services.AddKeyedSingleton(TimeProviderNames.SystemTimers, TimeProvider.System);
            silo.Services.AddSingleton(_seams(spec));
            silo.AddAllData(o => Configure(spec, o));
            _services(silo.Services);
            _silos(silo);
            silo.AddAllDataGrainState(new AllDataClusterOptions { DatabaseFile = Path.Combine(_data.Path, "cluster.db") });
            silo.Configure<ClusterMembershipOptions>(TestLiveness.Configure);
        });
        builder.ConfigureClient(client => _clients(client.AddOutgoingGrainCallFilter<SentAgain>()));
        _cluster = builder.Build();
        await _cluster.DeployAsync().Within(LifeBound);
        await ReadyAsync(_peers.Length);
    }

    private void Configure(PeerSpec spec, AllDataOptions options)
    {
        options.Peer = new PeerOptions { Id = spec.Id, Region = spec.Region, Zone = spec.Zone };
        options.DataDirectory = DataDirectoryOf(spec.Id);
        options.Replication = new ReplicationOptions { Factor = Math.Min(3, _peers.Length), OtherZoneReplicas = 1, OtherRegionReplicas = 1 };

        // What a test asserts about peers must not depend on how fast this machine is at the moment.
        options.Deadlines.ShortestReplica = options.Deadlines.Replica;

        // A test that sets the clock ahead seals what it wants to be sealed.
        options.Sealing.Enabled = false;
        _configure(spec, options);
    }

    // The builder numbers its silos: "Silo_2" becomes the third peer. A silo that is started again keeps its number.
    private PeerSpec SpecOf(InProcessTestSiloSpecificOptions options) =>
        Array.Find(_peers, p => p.Id == options.SiloName) ?? _peers[int.Parse(options.SiloName.AsSpan(options.SiloName.LastIndexOf('_') + 1))];

    // A killed silo is among the others until it is disposed of, so its services are not looked at here.
    private InProcessSiloHandle SiloOf(string peer) => Silos.Single(s => _peers[s.InstanceNumber].Id == peer);

    private async Task ReadyAsync(int expected)
    {
        foreach (var silo in Silos)
        {
            var topologies = silo.ServiceProvider.GetRequiredService<TopologyCache>();
            await Eventually.Holds(
                $"waiting until {silo.ServiceProvider.GetRequiredService<ILocalSiloDetails>().Name} knows {expected} live peers",
                Bound,
                () => CountAlive(topologies) >= expected,
                () => $"{CountAlive(topologies)} of {topologies.Current.Topology.Count} registered");
        }
    }

    private static int CountAlive(TopologyCache topologies)
    {
        var live = topologies.Current;
        return Enumerable.Range(0, live.Topology.Count).Count(i => live.Of(i) == PeerAvailability.Available);
    }

    /// <summary>
    /// The client's list of gateways is older than a kill: from time to time it tries a dead one again. Such a call has not left the client, and goes to
    /// another gateway.
    /// </summary>
    private sealed class SentAgain : IOutgoingGrainCallFilter
    {
        private const int Attempts = 5;

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await context.Invoke();
                    return;
                }
                catch (ConnectionFailedException) when (attempt < Attempts)
                {
                    // Not sent.
                }
            }
        }
    }
}

/// <summary>A peer of a test cluster.</summary>
internal sealed record PeerSpec(string Id, string Region, string Zone);
