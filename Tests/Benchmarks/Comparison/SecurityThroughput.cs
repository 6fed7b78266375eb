using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Security;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What protection costs puts: six silos with it beside six without.</summary>
internal sealed class SecurityThroughput(RunLog log, string[] args)
{
    private const double Goal = 0.9;
    private const double GoalOfRequests = 0.8;
    private const int Connections = 64;
    private const int Streams = 4;

    // Longer than one load waits for its turn: a silo would end its connections meanwhile.
    private const string KeptConnections = "--AllData:Http:KeepAlive=01:00:00";

    /// <summary>TLS, certificates and roles on all ports; 1 when a goal was not reached.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var secure = await LocalClusterProcesses.StartSecureAsync(LocalClusterLayout.MaxPeers, KeptConnections);
        return await new SecurityThroughput(log, args).CompareAsync("security", "TLS", secure, secure.Admin);
    }

    /// <summary>Encrypted payloads; 1 when a goal was not reached.</summary>
    public static async Task<int> RunEncryptedAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        using var keys = new TemporaryDirectory();
        var key = Path.Combine(keys.Path, "payload.key");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray()));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using var encrypting = await LocalClusterProcesses.StartAsync(
            LocalClusterLayout.MaxPeers, KeptConnections, $"--AllData:Encryption:KeyFile={key}");
        return await new SecurityThroughput(log, args).CompareAsync("encryption", "encryption", encrypting, tls: null);
    }

    private async Task<int> CompareAsync(string part, string what, LocalClusterProcesses protectedSilos, AllDataTlsOptions? tls)
    {
        await using var plain = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers, KeptConnections);
        await using var usual = await ConnectAsync($"without {what}", plain.Layout, null);
        await using var other = await ConnectAsync($"with {what}", protectedSilos.Layout, tls);
        return await new StoreComparison(log, args, part).RunAsync(usual, other);
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
