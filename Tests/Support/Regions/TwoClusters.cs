using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Links;
using AllData.Membership;
using AllData.Remote.Http.Serving;
using AllData.Reports;
using AllData.Silo.Http.Peers;
using AllData.Tests.Unit.Federation;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Support;

/// <summary>Two clusters of one store, each of two silos, with real peer ports between them.</summary>
internal sealed class TwoClusters : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _data = new();
    private int _port;

    private TwoClusters()
    {
    }

    /// <summary>Cluster 0.</summary>
    public AllDataCluster North { get; private set; } = null!;

    /// <summary>Cluster 1.</summary>
    public AllDataCluster West { get; private set; } = null!;

    /// <summary>The document of cluster 0.</summary>
    public string NorthFile => Path.Combine(_data.Path, "north.json");

    /// <summary>The port at which others reach cluster 0.</summary>
    public PeerListener NorthPort { get; private set; } = null!;

    /// <summary>The port at which others reach cluster 1.</summary>
    public PeerListener WestPort { get; private set; } = null!;

    private string WestFile => Path.Combine(_data.Path, "west.json");

    /// <summary>Starts both.</summary>
    /// <param name="configure">Sets the options of each silo.</param>
    /// <param name="length">The length of the store's intervals; null: a day.</param>
    /// <param name="time">The clock of all silos.</param>
    public static async Task<TwoClusters> StartAsync(Action<AllDataOptions>? configure = null, TimeSpan? length = null, TimeProvider? time = null)
    {
        var two = new TwoClusters { _port = FreePorts.ForProcesses(2) };
        try
        {
            var document = FederationSample.Document(length: length);
            document = document with
            {
                Clusters = [.. document.Clusters.Select(c => c with { Peers = [$"http://127.0.0.1:{two._port + c.Number}"] })],
            };
            await File.WriteAllBytesAsync(two.NorthFile, FederationJson.Write(document));
            await File.WriteAllBytesAsync(two.WestFile, FederationJson.Write(document));
            two.North = await StartAsync("north", two.NorthFile, configure, time);
            two.West = await StartAsync("west", two.WestFile, configure, time);
            await two.OpenNorthAsync("north-a");
            await two.OpenWestAsync("west-a");
            return two;
        }
        catch
        {
            await two.DisposeAsync();
            throw;
        }
    }

    /// <summary>Others reach cluster 0 at a silo of it.</summary>
    public async Task OpenNorthAsync(string peer) => NorthPort = await ListenAsync(North, peer, _port);

    /// <summary>Others reach cluster 1 at a silo of it.</summary>
    public async Task OpenWestAsync(string peer) => WestPort = await ListenAsync(West, peer, _port + 1);

    /// <summary>Closes a port; what is in flight is cut off.</summary>
    public static async Task CloseAsync(PeerListener port)
    {
        await port.StopAsync(new CancellationToken(canceled: true));
        await port.DisposeAsync();
    }

    /// <summary>What a silo knows of the other cluster.</summary>
    public static ClusterLink Link(AllDataCluster cluster, string peer) => Assert.Single(cluster.Service<ClusterLinks>(peer).All);

    /// <summary>Waits until a silo sees the link in a state, and so many peers of the store alive.</summary>
    public static Task AwaitLinkAsync(AllDataCluster cluster, string peer, LinkState state, int peers)
    {
        var topologies = cluster.Service<TopologyCache>(peer);
        return Eventually.Holds(
            $"waiting until the link of {peer} is {state} and {peers} peers are hosted",
            Bound,
            () => Link(cluster, peer).State == state && Hosted(topologies) == peers,
            () => $"{Link(cluster, peer).State}, {Hosted(topologies)} hosted of {topologies.Current.Topology.Count}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var port in new[] { NorthPort, WestPort })
        {
            if (port is not null)
            {
                await CloseAsync(port);
            }
        }

        foreach (var cluster in new[] { North, West })
        {
            if (cluster is not null)
            {
                await cluster.DisposeAsync();
            }
        }

        _data.Dispose();
    }

    private static Task<AllDataCluster> StartAsync(string region, string file, Action<AllDataOptions>? configure, TimeProvider? time) =>
        AllDataCluster.StartAsync(
            [new PeerSpec($"{region}-a", region, "a"), new PeerSpec($"{region}-b", region, "b")],
            (_, options) =>
            {
                options.Federation = new FederationOptions { File = file, Cluster = region };
                options.IntervalLength = FederationFile.Read(file).IntervalLength;

                // What an operator has to change, too: two peers cannot hold three copies.
                var others = FederationFile.Read(file).Clusters.Count(static c => !c.IsDropped) - 1;
                options.Replication = new ReplicationOptions { Factor = 2 + others, OtherZoneReplicas = 1, OtherRegionReplicas = others };
                configure?.Invoke(options);
            },
            time);

    private static async Task<PeerListener> ListenAsync(AllDataCluster cluster, string peer, int port)
    {
        var listener = new PeerListener(
            cluster.Service<PeerRequestHandler>(peer), new PeerHttpOptions { Port = port }, TimeProvider.System, cluster.Service<ILoggerFactory>(peer));
        await listener.StartAsync(CancellationToken.None);
        return listener;
    }

    private static int Hosted(TopologyCache topologies) =>
        topologies.Current is var live ? Enumerable.Range(0, live.Topology.Count).Count(live.IsHosted) : 0;
}
