using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Security;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What protection, telemetry and numbered blocks cost puts: six silos with it beside six without.</summary>
internal sealed class FeatureThroughput(RunLog log, string[] args)
{
    private static readonly Goals Usual = new(Puts: 0.9, Requests: 0.8);
    private static readonly Goals OfNumbers = new(Puts: 0.98, Requests: 0.98);

    private const int Connections = 64;
    private const int Streams = 4;

    /// <summary>TLS, certificates and roles on all ports; 1 when a goal was not reached.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var secure = await LocalClusterProcesses.StartSecureAsync(LocalClusterLayout.MaxPeers);
        return await new FeatureThroughput(log, args).CompareAsync("security", ("with TLS", secure, secure.Admin));
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
            LocalClusterLayout.MaxPeers, $"--AllData:Encryption:KeyFile={key}");
        return await new FeatureThroughput(log, args).CompareAsync("encryption", ("with encryption", encrypting, null));
    }

    /// <summary>Metrics, and metrics with traces of a hundredth of the requests; 1 when a goal was not reached.</summary>
    public static async Task<int> RunObservedAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var collector = await Collector.StartAsync(isKept: false);
        string[] metrics =
        [
            "--AllData:Telemetry:Prometheus=true", $"--AllData:Telemetry:OtlpEndpoint={collector.Address}",
            "--AllData:Telemetry:OtlpProtocol=HttpProtobuf",
        ];
        await using var measuring = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers, metrics);
        await using var tracing = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers, [.. metrics, "--AllData:Telemetry:TraceRatio=0.01"]);
        return await new FeatureThroughput(log, args).CompareAsync(
            "telemetry", ("with metrics", measuring, null), ("with metrics and traces of 1 %", tracing, null));
    }

    /// <summary>Dense numbers of blocks, and what is noted of them for certificates; 1 when a goal was not reached.</summary>
    public static async Task<int> RunNumberedAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var plain = await LocalClusterProcesses.StartAsync(StandIns.Program(StandIns.UnnumberedSilo), LocalClusterLayout.MaxPeers);
        await using var shipped = await LocalClusterProcesses.StartAsync(StandIns.Program(StandIns.ShippedSilo), LocalClusterLayout.MaxPeers);
        return await new FeatureThroughput(log, args).CompareAsync("numbers", OfNumbers, plain, ("with numbers", shipped, null));
    }

    private async Task<int> CompareAsync(string part, params (string Name, LocalClusterProcesses Silos, AllDataTlsOptions? Tls)[] with)
    {
        await using var plain = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        return await CompareAsync(part, Usual, plain, with);
    }

    private async Task<int> CompareAsync(
        string part, Goals goals, LocalClusterProcesses plain, params (string Name, LocalClusterProcesses Silos, AllDataTlsOptions? Tls)[] with)
    {
        var stores = new List<MeasuredStore>();
        try
        {
            stores.Add(await ConnectAsync("without", plain, null, goals, args));
            foreach (var (name, silos, tls) in with)
            {
                stores.Add(await ConnectAsync(name, silos, tls, goals, args));
            }

            return await new StoreComparison(log, args, part).RunAsync(stores[0], [.. stores.Skip(1)]);
        }
        finally
        {
            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }
        }
    }

    private static async Task<MeasuredStore> ConnectAsync(
        string name, LocalClusterProcesses silos, AllDataTlsOptions? tls, Goals goals, string[] args)
    {
        var only = Array.IndexOf(args, "--loads") is >= 0 and var at && at + 1 < args.Length ? args[at + 1].Split(',') : null;
        var layout = silos.Layout;
        var connection = await StoreClients.ConnectAsync(layout.Peers, tls);
        var clients = MeasuredStore.Clients([connection]);
        MeasuredLoad[] loads =
        [
            new MeasuredLoad("client-single", 512, goals.Puts, MeasuredStore.Singles(clients)),
            new MeasuredLoad("batch", MeasuredStore.Batch, goals.Puts, MeasuredStore.Batches([connection])),
            new MeasuredLoad("ndjson", Streams, goals.Puts, Http(Streams, MeasuredStore.Lines)),
            new MeasuredLoad("post", Connections, goals.Requests, Http(Connections, lines: 0)),
        ];
        return new MeasuredStore(name, [.. loads.Where(load => only is null || only.Contains(load.Name))], [.. clients, connection], silos.Silos);

        HttpLoad[] Http(int connections, int lines) =>
        [
            .. Enumerable.Range(0, connections).Select(_ => new HttpLoad(
                new HttpTerms(layout.Peers[0].HttpAddress, lines, IsCompressed: false, tls is null ? null : HttpsOptions.Of(tls, TimeProvider.System)),
                TimeProvider.System)),
        ];
    }

    /// <summary>The smallest ratios to the silos without it.</summary>
    /// <param name="Puts">Of puts, batches and streams.</param>
    /// <param name="Requests">Of requests with one event each.</param>
    private sealed record Goals(double Puts, double Requests);
}
