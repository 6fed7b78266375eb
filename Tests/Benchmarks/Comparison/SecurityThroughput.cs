using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Security;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Six silos with TLS, certificates and roles on all ports beside six without: what that costs puts.</summary>
internal sealed class SecurityThroughput(RunLog log, string[] args)
{
    private const double Goal = 0.9;
    private const double GoalOfRequests = 0.8;
    private const int Connections = 64;
    private const int Streams = 4;

    /// <summary>Runs it; 1 when a goal was not reached.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        return await new SecurityThroughput(log, args).RunAsync();
    }

    private async Task<int> RunAsync()
    {
        await using var plain = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        await using var secure = await LocalClusterProcesses.StartSecureAsync(LocalClusterLayout.MaxPeers);
        await using var ofPlain = await ConnectAsync("without TLS", plain.Layout, null);
        await using var ofSecure = await ConnectAsync("with TLS", secure.Layout, secure.Admin);
        return await new StoreComparison(log, args, "security").RunAsync(ofPlain, ofSecure);
    }

    private static async Task<MeasuredStore> ConnectAsync(string name, LocalClusterLayout layout, AllDataTlsOptions? tls)
    {
        var connection = await StoreClients.ConnectAsync(layout.Peers, tls);
        var clients = MeasuredStore.Clients([connection]);
        return new MeasuredStore(
            name,
            [
                new MeasuredLoad("client-single", 512, Goal, MeasuredStore.Singles(clients)),
                new MeasuredLoad("batch", MeasuredStore.Batch, Goal, MeasuredStore.Batches([connection])),
                new MeasuredLoad("ndjson", Streams, Goal, Http(Streams, MeasuredStore.Lines)),
                new MeasuredLoad("post", Connections, GoalOfRequests, Http(Connections, lines: 0)),
            ],
            [.. clients, connection]);

        HttpLoad[] Http(int connections, int lines) =>
        [
            .. Enumerable.Range(0, connections).Select(_ => new HttpLoad(
                new HttpTerms(layout.Peers[0].HttpAddress, lines, IsCompressed: false, tls is null ? null : HttpsOptions.Of(tls, TimeProvider.System)),
                TimeProvider.System)),
        ];
    }
}
