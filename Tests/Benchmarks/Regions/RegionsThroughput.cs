using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// Three clusters of two silos beside one cluster of six. The load is the same on both: three clients, each connected to the two silos of one region.
/// </summary>
internal sealed class RegionsThroughput(RunLog log, string[] args)
{
    private const double Goal = 0.8;

    /// <summary>Runs it; 1 when the goal was not reached.</summary>
    public async Task<int> RunAsync()
    {
        await using var one = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        await using var several = await FederatedProcesses.StartAsync(isDirect: true);
        await using var ofOne = await ConnectAsync("one cluster", one.Layout, one.Silos);
        await using var ofSeveral = await ConnectAsync("three clusters", several.Layout, several.Silos.Silos);
        return await new StoreComparison(log, args, "throughput").RunAsync(ofOne, ofSeveral);
    }

    private static async Task<MeasuredStore> ConnectAsync(string name, LocalClusterLayout layout, IReadOnlyCollection<SiloProcess> silos)
    {
        var connections = new List<IClusterConnection>();
        foreach (var region in layout.Peers.GroupBy(static peer => peer.Location.Region))
        {
            connections.Add(await StoreClients.ConnectAsync(region));
        }

        var clients = MeasuredStore.Clients(connections);
        return new MeasuredStore(
            name,
            [
                new MeasuredLoad("client-single", 510, Goal, MeasuredStore.Singles(clients)),
                new MeasuredLoad("batch", 63, Goal, MeasuredStore.Batches(connections)),
                new MeasuredLoad("ndjson", layout.Peers.Length, Goal,
                [
                    .. layout.Peers.Select(static peer => new HttpLoad(
                        new HttpTerms(peer.HttpAddress, MeasuredStore.Lines, IsCompressed: false), TimeProvider.System)),
                ]),
            ],
            [.. clients, .. connections],
            silos);
    }
}
