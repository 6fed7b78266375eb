using AllData.Configuration;
using AllData.Hosting;
using AllData.Membership;
using AllData.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace AllData.Tests.Support;

/// <summary>
/// A test cluster of real silos, each its own peer with its own zone, region and data directory, composed by the same <c>AddAllData</c> as the
/// silo program.
/// </summary>
internal sealed class AllDataCluster : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _data = new();
    private readonly PeerSpec[] _peers;
    private readonly Action<PeerSpec, AllDataOptions> _configure;
    private InProcessTestCluster _cluster = null!;

    private AllDataCluster(PeerSpec[] peers, Action<PeerSpec, AllDataOptions> configure)
    {
        _peers = peers;
        _configure = configure;
    }

    /// <summary>The seed's six peers.</summary>
    public static PeerSpec[] Six { get; } =
    [
        new("north-a", "north", "a"), new("north-b", "north", "b"), new("west-c", "west", "c"),
        new("west-d", "west", "d"), new("east-e", "east", "e"), new("east-f", "east", "f"),
    ];

    /// <summary>The client.</summary>
    public IClusterClient Client => _cluster.Client;

    /// <summary>The peers, in the order of their silos.</summary>
    public IReadOnlyList<PeerSpec> Peers => _peers;

    /// <summary>Starts silos and waits until every peer is registered and known alive everywhere.</summary>
    public static async Task<AllDataCluster> StartAsync(PeerSpec[] peers, Action<PeerSpec, AllDataOptions>? configure = null)
    {
        var cluster = new AllDataCluster(peers, configure ?? ((_, _) => { }));
        await cluster.DeployAsync();
        return cluster;
    }

    /// <summary>A service of one silo.</summary>
    public T Service<T>(string peer) where T : notnull => SiloOf(peer).ServiceProvider.GetRequiredService<T>();

    /// <summary>The coordinator on one silo: a stateless worker is placed where the call comes from.</summary>
    public IPutCoordinatorGrain CoordinatorOn(string peer) => Service<IGrainFactory>(peer).GetPutCoordinator();

    /// <summary>Stops a silo without a goodbye.</summary>
    public Task KillAsync(string peer) => _cluster.KillSiloAsync(SiloOf(peer));

    /// <summary>Starts a killed silo again on its own data.</summary>
    public async Task RestartAsync(string peer)
    {
        await _cluster.StartSiloAsync(Array.FindIndex(_peers, p => p.Id == peer), _cluster.Options);
        await ReadyAsync();
    }

    /// <summary>Where a peer keeps its data.</summary>
    public string DataDirectoryOf(string peer) => Path.Combine(_data.Path, peer);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _data.Dispose();
    }

    private async Task DeployAsync()
    {
        var builder = new InProcessTestClusterBuilder((short)_peers.Length);
        builder.ConfigureSiloHost((options, _) => options.SiloName = SpecOf(options).Id);
        builder.ConfigureSilo((options, silo) =>
        {
            var spec = SpecOf(options);
            silo.AddAllData(o => Configure(spec, o));
            silo.AddMemoryGrainStorage(AllDataStorageNames.GrainState);
            silo.Configure<ClusterMembershipOptions>(o =>
            {
                o.ProbeTimeout = TimeSpan.FromSeconds(1);
                o.NumMissedProbesLimit = 2;
                o.NumVotesForDeathDeclaration = 1;
            });
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        await ReadyAsync();
    }

    private void Configure(PeerSpec spec, AllDataOptions options)
    {
        options.Peer = new PeerOptions { Id = spec.Id, Region = spec.Region, Zone = spec.Zone };
        options.DataDirectory = DataDirectoryOf(spec.Id);
        options.Replication = new ReplicationOptions { Factor = Math.Min(3, _peers.Length), OtherZoneReplicas = 1, OtherRegionReplicas = 1 };
        _configure(spec, options);
    }

    // The builder numbers its silos: "Silo_2" becomes the third peer. A silo that is started again keeps its number.
    private PeerSpec SpecOf(InProcessTestSiloSpecificOptions options) =>
        Array.Find(_peers, p => p.Id == options.SiloName) ?? _peers[int.Parse(options.SiloName.AsSpan(options.SiloName.LastIndexOf('_') + 1))];

    private InProcessSiloHandle SiloOf(string peer) =>
        _cluster.Silos.Single(s => s.ServiceProvider.GetRequiredService<ILocalSiloDetails>().Name == peer);

    private async Task ReadyAsync()
    {
        foreach (var silo in _cluster.Silos)
        {
            var topologies = silo.ServiceProvider.GetRequiredService<TopologyCache>();
            await Eventually.Holds(
                $"waiting until {silo.ServiceProvider.GetRequiredService<ILocalSiloDetails>().Name} knows {_cluster.Silos.Count} live peers",
                Bound,
                () => CountAlive(topologies) >= _cluster.Silos.Count,
                () => $"{CountAlive(topologies)} of {topologies.Current.Topology.Count} registered");
        }
    }

    private static int CountAlive(TopologyCache topologies)
    {
        var live = topologies.Current;
        return Enumerable.Range(0, live.Topology.Count).Count(i => live.Of(i) == PeerAvailability.Available);
    }
}

/// <summary>A peer of a test cluster.</summary>
internal sealed record PeerSpec(string Id, string Region, string Zone);
