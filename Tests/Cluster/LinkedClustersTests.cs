using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Hosting;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Reading;
using AllData.Remote.Http.Serving;
using AllData.Replication;
using AllData.Reports;
using AllData.Silo.Http.Peers;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Cluster;

/// <summary>Two clusters of one store, each of two silos, with real peer ports between them.</summary>
public sealed class LinkedClustersTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _data = new();
    private AllDataCluster _north = null!;
    private AllDataCluster _west = null!;
    private PeerListener _northPort = null!;
    private PeerListener _westPort = null!;
    private string _northFile = null!;
    private int _port;

    public async Task InitializeAsync()
    {
        _port = FreePorts.ForProcesses(2);
        var document = FederationSample.Document();
        document = document with
        {
            Clusters = [.. document.Clusters.Select(c => c with { Peers = [$"http://127.0.0.1:{_port + c.Number}"] })],
        };
        var file = Path.Combine(_data.Path, "federation.json");
        _northFile = Path.Combine(_data.Path, "north.json");
        await File.WriteAllBytesAsync(file, FederationJson.Write(document));
        await File.WriteAllBytesAsync(_northFile, FederationJson.Write(document));
        _north = await StartAsync("north", _northFile);
        _west = await StartAsync("west", file);
        (_northPort, _westPort) = (await ListenAsync(_north, "north-a", _port), await ListenAsync(_west, "west-a", _port + 1));
    }

    public async Task DisposeAsync()
    {
        await CloseAsync(_northPort);
        await CloseAsync(_westPort);
        await _north.DisposeAsync();
        await _west.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task A_put_is_stored_in_both_regions_and_goes_on_without_one_that_is_cut_off_until_it_has_healed()
    {
        await AwaitLinkAsync(_north, "north-a", LinkState.Up, peers: 4);
        await AwaitLinkAsync(_north, "north-b", LinkState.Up, peers: 4);
        await AwaitLinkAsync(_west, "west-b", LinkState.Up, peers: 4);

        var here = await PutAsync(_north, "north-b", CommitLevel.All);
        Assert.Equal(["north", "north", "west"], here.Replicas.Select(static r => r.Location.Region).Order());
        var there = await PutAsync(_west, "west-b", CommitLevel.All);
        Assert.Equal(["north", "west", "west"], there.Replicas.Select(static r => r.Location.Region).Order());
        Assert.Equal((true, true), (here.Key.Ordinal < 600, there.Key.Ordinal >= 600));
        foreach (var cluster in new[] { _north, _west })
        {
            Assert.Equal(new[] { here.Key, there.Key }.Order(), await ScanAsync(cluster));
        }

        await CloseAsync(_westPort);
        await AwaitLinkAsync(_north, "north-a", LinkState.CutOff, peers: 2);
        var alone = await PutAsync(_north, "north-a", CommitLevel.Quorum);
        Assert.Equal(["north", "north"], alone.Replicas.Select(static r => r.Location.Region));
        var report = Assert.Single((await _north.Service<IGrainFactory>("north-a").GetReplica(PeerId.Parse("north-a")).GetReport()).Links);
        Assert.Equal((1, "west", LinkState.CutOff), (report.Cluster, report.Name, report.State));
        Assert.Contains(_north.Service<SiloConditions>("north-a").Current, static c => c is { Code: "cluster-cut-off", StopsPuts: false });

        // A link works one way at a time: west reaches the port of north as before.
        Assert.Equal(LinkState.Up, Link(_west, "west-a").State);

        _westPort = await ListenAsync(_west, "west-b", _port + 1);
        await AwaitLinkAsync(_north, "north-a", LinkState.Up, peers: 4);
        var again = await PutAsync(_north, "north-a", CommitLevel.All);
        Assert.Contains("west", again.Replicas.Select(static r => r.Location.Region));
        Assert.DoesNotContain(_north.Service<SiloConditions>("north-a").Current, static c => c.Code == "cluster-cut-off");
    }

    [Fact]
    public async Task A_cluster_that_was_dropped_is_waited_for_no_more_and_is_told_so_when_it_returns()
    {
        await AwaitLinkAsync(_north, "north-b", LinkState.Up, peers: 4);
        var held = await PutAsync(_north, "north-b", CommitLevel.All);
        Assert.True((await CheckAsync("west")).IsConfirmed);
        await CloseAsync(_westPort);
        await AwaitLinkAsync(_north, "north-b", LinkState.CutOff, peers: 2);
        var check = await CheckAsync("west");
        Assert.False(check.IsConfirmed);
        Assert.Equal(["west-a", "west-b"], check.Silent.Select(static p => p.Value).Order());
        Assert.Equal((0, true), (check.OnlyThereEvents, check.Doubts().Any()));
        Assert.Equal(RegionRefusal.Own, (await Assert.ThrowsAsync<RegionRefusedException>(() => CheckAsync("north"))).Reason);

        // North gets the next document, west keeps the one that it has.
        var document = FederationFile.Read(_northFile);
        await File.WriteAllBytesAsync(
            _northFile, FederationJson.Write(RegionDrop.Apply(document, new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch })));
        await CloseAsync(_northPort);
        foreach (var peer in new[] { "north-a", "north-b" })
        {
            await _north.KillAsync(peer);
            await _north.RestartAsync(peer, expectedPeers: 2);
            if (peer == "north-a")
            {
                await AssertOutdatedAsync("north-b");
            }
        }

        _northPort = await ListenAsync(_north, "north-a", _port);
        Assert.Equal([held.Key], await ScanAsync(_north.Service<IGrainFactory>("north-a")));
        var alone = await PutAsync(_north, "north-a", CommitLevel.Quorum);
        Assert.Empty(alone.Owed);
        Assert.All(alone.Replicas, static r => Assert.Equal("north", r.Location.Region));
        var report = await _north.Service<IGrainFactory>("north-a").GetReplica(PeerId.Parse("north-a")).GetReport();
        Assert.Equal((true, true, "west"), (report.Links.IsEmpty, report.Repair!.Watermarks.IsEmpty, Assert.Single(report.Dropped).Region));
        Assert.DoesNotContain(_north.Service<SiloConditions>("north-a").Current, static c => c.Code.StartsWith("cluster", StringComparison.Ordinal));

        _westPort = await ListenAsync(_west, "west-b", _port + 1);
        await Eventually.Holds(
            "waiting until west is told", Bound,
            () => _west.Service<AllDataReadiness>("west-a").NotReadyReason?.Contains("has dropped it", StringComparison.Ordinal) == true,
            () => string.Join(' ', _west.Service<SiloConditions>("west-a").Current.Select(static c => c.Sentence)));
        Assert.Equal("cluster-dropped", Assert.Single(_west.Service<SiloConditions>("west-a").Current).Code);

        // What is put there would never come here: it is refused, and its keys, too.
        var refused = await Assert.ThrowsAsync<ClusterDroppedException>(() => PutAsync(_west, "west-a", CommitLevel.Quorum));
        Assert.Equal((2, WrittenState.Nothing), (refused.DocumentVersion, refused.Written));
        Assert.Contains("put through a cluster that stays", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ClusterDroppedException>(() => _west.CoordinatorOn("west-a").ReserveKeys(1));
        Assert.Equal(2, _north.Service<TopologyCache>("north-a").Current.Topology.Count);
    }

    // It has the former document, and knows that its cluster has a newer one.
    private async Task AssertOutdatedAsync(string peer)
    {
        await Eventually.Holds(
            $"waiting until {peer} knows that its document is outdated", Bound,
            () => _north.Service<SiloConditions>(peer).Current.Any(static c => c.Code == "federation-outdated" && c.Sentence.Contains("'north-a'")),
            () => string.Join(' ', _north.Service<SiloConditions>(peer).Current.Select(static c => c.Sentence)));
        var check = await CheckAsync("west");
        Assert.Equal((1, 2), (check.DocumentVersion, check.NewestVersion));
    }

    private async Task<RegionCheck> CheckAsync(string region) =>
        await _north.Service<IGrainFactory>("north-b").GetClusterAudit().CheckRegion(region).LastAsync();

    private static Task<AllDataCluster> StartAsync(string region, string file) => AllDataCluster.StartAsync(
        [new PeerSpec($"{region}-a", region, "a"), new PeerSpec($"{region}-b", region, "b")],
        (_, options) =>
        {
            options.Federation = new FederationOptions { File = file, Cluster = region };

            // What an operator has to change, too: two peers cannot hold three copies.
            var others = FederationFile.Read(file).Clusters.Count(static c => !c.IsDropped) - 1;
            options.Replication = new ReplicationOptions { Factor = 2 + others, OtherZoneReplicas = 1, OtherRegionReplicas = others };
        });

    private static async Task<PeerListener> ListenAsync(AllDataCluster cluster, string peer, int port)
    {
        var listener = new PeerListener(
            cluster.Service<PeerRequestHandler>(peer), new PeerHttpOptions { Port = port }, TimeProvider.System, cluster.Service<ILoggerFactory>(peer));
        await listener.StartAsync(CancellationToken.None);
        return listener;
    }

    // What is in flight is cut off.
    private static async Task CloseAsync(PeerListener listener)
    {
        await listener.StopAsync(new CancellationToken(canceled: true));
        await listener.DisposeAsync();
    }

    private static async Task<PutReceipt> PutAsync(AllDataCluster cluster, string peer, CommitLevel level) =>
        await cluster.CoordinatorOn(peer).Put(EventPayload.FromText($$"""{"at":"{{peer}}"}"""), new PutOptions { Level = level });

    private static Task<List<EventKey>> ScanAsync(AllDataCluster cluster) => ScanAsync(cluster.Client);

    private static async Task<List<EventKey>> ScanAsync(IGrainFactory grains)
    {
        var keys = new List<EventKey>();
        var scan = grains.CreateEventReader().Scan(ScanRange.All);
        await foreach (var stored in scan)
        {
            keys.Add(stored.Key);
        }

        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));
        return keys;
    }

    private static ClusterLink Link(AllDataCluster cluster, string peer) => Assert.Single(cluster.Service<ClusterLinks>(peer).All);

    private static Task AwaitLinkAsync(AllDataCluster cluster, string peer, LinkState state, int peers)
    {
        var topologies = cluster.Service<TopologyCache>(peer);
        return Eventually.Holds(
            $"waiting until the link of {peer} is {state} and {peers} peers are hosted",
            Bound,
            () => Link(cluster, peer).State == state && Hosted(topologies) == peers,
            () => $"{Link(cluster, peer).State}, {Hosted(topologies)} hosted of {topologies.Current.Topology.Count}");
    }

    private static int Hosted(TopologyCache topologies) =>
        topologies.Current is var live ? Enumerable.Range(0, live.Topology.Count).Count(live.IsHosted) : 0;
}
