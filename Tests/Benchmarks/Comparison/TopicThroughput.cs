using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Replication;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What topics cost puts: ten applications that put events with topics, beside ten that put events without, into the same six silos.</summary>
internal sealed class TopicThroughput
{
    private const double Goal = 0.97;
    private const int Applications = 10;

    /// <summary>Runs it; 1 when the goal was not reached.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var cluster = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        await using var connection = await StoreClients.ConnectAsync(cluster.Layout.Peers, tls: null);
        await using var without = Store("without topics", connection, static _ => null);
        var topics = LoadedCluster.Number(args, "--topics", 1);
        await using var with = Store("with topics", connection, i => new PutOptions { Topic = Topic.Parse($"topic-{i % topics}") });
        return await new StoreComparison(log, args, "topics").RunAsync(without, with);
    }

    private static MeasuredStore Store(string name, IClusterConnection connection, Func<int, PutOptions?> optionsOf)
    {
        var clients = MeasuredStore.Clients(Enumerable.Repeat(connection, Applications), optionsOf);
        return new MeasuredStore(
            name,
            [
                new MeasuredLoad("client-single", 512, Goal, MeasuredStore.Singles(clients)),
                new MeasuredLoad("batch", MeasuredStore.Batch, Goal, MeasuredStore.Batches(Enumerable.Repeat(connection, Applications), optionsOf)),
            ],
            [.. clients]);
    }
}
