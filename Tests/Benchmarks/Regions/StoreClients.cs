using AllData.Client.Connection;
using AllData.Reports;
using AllData.Security;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>A client of each cluster of a store: a client is connected to one cluster.</summary>
internal sealed class StoreClients : IAsyncDisposable
{
    private static readonly TimeSpan ConnectBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ResponseBound = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, IClusterConnection> _connections = [];
    private readonly FederatedProcesses _store;

    private StoreClients(FederatedProcesses store) => _store = store;

    /// <summary>Connects to all clusters.</summary>
    public static async Task<StoreClients> ConnectAsync(FederatedProcesses store)
    {
        var clients = new StoreClients(store);
        foreach (var cluster in store.Network.Clusters)
        {
            await clients.ReconnectAsync(cluster);
        }

        return clients;
    }

    /// <summary>The way to a cluster's grains.</summary>
    public IGrainFactory this[string cluster] => _connections[cluster].Grains;

    /// <summary>Connects to a cluster, again if its silos were away.</summary>
    public async Task ReconnectAsync(string cluster)
    {
        if (_connections.Remove(cluster, out var former))
        {
            await former.DisposeAsync();
        }

        _connections[cluster] = await ConnectAsync(_store.PeersOf(cluster));
    }

    /// <summary>Connects to the gateways of some peers.</summary>
    /// <param name="peers">The peers.</param>
    /// <param name="tls">The certificate that the client shows, where they need one.</param>
    public static Task<IClusterConnection> ConnectAsync(IEnumerable<LocalClusterPeer> peers, AllDataTlsOptions? tls = null)
    {
        var gateways = peers.Select(static peer => new GatewayAddress("127.0.0.1", peer.GatewayPort));
        var address = new ClusterAddress([.. gateways], ClusterAddress.DefaultId, ClusterAddress.DefaultId, ConnectBound, ResponseBound) { Tls = tls };
        return new OrleansConnector(TimeProvider.System).ConnectAsync(address, CancellationToken.None);
    }

    /// <summary>What every silo says of itself; one that does not answer is left out.</summary>
    public async Task<IReadOnlyList<PeerReport>> ReportsAsync()
    {
        var reports = await Task.WhenAll(_store.Layout.Peers.Select(ReportAsync));
        return [.. reports.OfType<PeerReport>()];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<PeerReport?> ReportAsync(LocalClusterPeer peer)
    {
        try
        {
            return await this[peer.Cluster!].GetReplica(peer.Id).GetReport().WaitAsync(ResponseBound);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
