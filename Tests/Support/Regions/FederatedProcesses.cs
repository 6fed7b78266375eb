using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Federation;
using AllData.Silo.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>
/// A store of three clusters of two silos, each silo a process, as <c>local-cluster --clusters 3</c> composes it. Each cluster's document names the others'
/// peer ports by proxies of this process, so that the network between the clusters can be cut and slowed down below the program.
/// </summary>
internal sealed class FederatedProcesses : IAsyncDisposable
{
    private readonly List<LinkProxy> _proxies = [];

    private FederatedProcesses()
    {
    }

    /// <summary>The silos.</summary>
    public LocalClusterProcesses Silos { get; private set; } = null!;

    /// <summary>The network between the clusters.</summary>
    public ClusterNetwork Network { get; private set; } = null!;

    /// <summary>The peers, with their places and ports.</summary>
    public LocalClusterLayout Layout => Silos.Layout;

    /// <summary>Starts all silos and waits until they take puts.</summary>
    /// <param name="isDirect">Whether the clusters reach each other without proxies.</param>
    /// <param name="settings">Settings of the form <c>--Section:Name=value</c>.</param>
    public static async Task<FederatedProcesses> StartAsync(bool isDirect = false, params string[] settings)
    {
        var store = new FederatedProcesses();
        try
        {
            store.Silos = await LocalClusterProcesses.StartClustersAsync(layout => store.Prepare(layout, isDirect, settings));
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>The peers of a cluster.</summary>
    public IEnumerable<LocalClusterPeer> PeersOf(string cluster) => Layout.Peers.Where(peer => peer.Cluster == cluster);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Silos is not null)
        {
            await Silos.DisposeAsync();
        }

        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }
    }

    private Func<LocalClusterPeer, string[]> Prepare(LocalClusterLayout layout, bool isDirect, string[] settings)
    {
        Network = new ClusterNetwork([.. layout.Peers.Select(static peer => peer.Cluster!).Distinct()]);
        LocalFederation.Prepare(layout, new AllDataOptions().IntervalLength, Guid.NewGuid());
        if (isDirect)
        {
            return _ => settings;
        }

        var document = FederationFile.Read(layout.FederationFile);
        foreach (var cluster in Network.Clusters)
        {
            File.WriteAllBytes(FileOf(layout, cluster), FederationJson.Write(AsSeenFrom(cluster, document, layout)));
        }

        return peer => [$"--AllData:Federation:File={FileOf(layout, peer.Cluster!)}", .. settings];
    }

    private FederationDocument AsSeenFrom(string cluster, FederationDocument document, LocalClusterLayout layout) => document with
    {
        Clusters = [.. document.Clusters.Select(other => other.Name == cluster ? other : other with { Peers = ProxiesBefore(other.Name, cluster, layout) })],
    };

    private ImmutableArray<string> ProxiesBefore(string cluster, string caller, LocalClusterLayout layout)
    {
        var proxies = layout.Peers.Where(peer => peer.Cluster == cluster)
            .Select(peer => new LinkProxy(peer.PeerPort!.Value, Network[caller, cluster], Network[cluster, caller])).ToList();
        _proxies.AddRange(proxies);
        return [.. proxies.Select(static proxy => $"http://127.0.0.1:{proxy.Port}")];
    }

    private static string FileOf(LocalClusterLayout layout, string cluster) => Path.Combine(layout.Data, $"federation-{cluster}.json");
}
