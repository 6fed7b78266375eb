using System.Security.Cryptography.X509Certificates;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>A store that is sent what it may not expect, and the processes that it runs in.</summary>
/// <param name="targets">Its silos.</param>
/// <param name="silos">The processes of its silos; empty where they are not known.</param>
/// <param name="whyNotAlive">Which of them have ended, or null.</param>
/// <param name="end">What goes with it.</param>
internal sealed class FuzzedStore(IReadOnlyList<FuzzTarget> targets, int[] silos, Func<string?> whyNotAlive, params IAsyncDisposable[] end) : IAsyncDisposable
{
    /// <summary>Its silos.</summary>
    public IReadOnlyList<FuzzTarget> Targets => targets;

    /// <summary>Which of its processes have ended; null where all live, or are not known.</summary>
    public string? WhyNotAlive => whyNotAlive();

    /// <summary>What is resident of its processes.</summary>
    public string Memory => silos.Length == 0
        ? "not known" : string.Join(", ", silos.Where(Signals.IsAlive).Select(static pid => $"{SiloMemory.ResidentBytesOf(pid) >> 20}")) + " MiB";

    /// <summary>One that runs already.</summary>
    public static FuzzedStore At(FuzzTarget target) => new([target], [], static () => null);

    /// <summary>One silo.</summary>
    public static async Task<FuzzedStore> StartAsync(params string[] settings) => Of(await LocalClusterProcesses.StartAsync(1, settings));

    /// <summary>One silo with its events in PostgreSQL.</summary>
    public static async Task<FuzzedStore> StartOnPostgreSqlAsync()
    {
        var server = new StorageServer();
        await server.InitializeAsync();
        return Of(
            await LocalClusterProcesses.StartAsync(
                1, "--AllData:Storage:Provider=PostgreSql", $"--AllData:Storage:ConnectionString={server.ConnectionString}"),
            shown: null, new Ending(server.DisposeAsync));
    }

    /// <summary>Six silos with certificates, as <c>local-cluster --secure</c> makes them.</summary>
    public static async Task<FuzzedStore> StartSecureAsync()
    {
        var cluster = await LocalClusterProcesses.StartSecureAsync(LocalClusterLayout.MaxPeers);
        return Of(cluster, X509Certificate2.CreateFromPemFile(cluster.Admin.CertificateFile, cluster.Admin.KeyFile));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var one in end)
        {
            await one.DisposeAsync();
        }
    }

    private static FuzzedStore Of(LocalClusterProcesses cluster, X509Certificate2? shown = null, params IAsyncDisposable[] below) => new(
        [.. cluster.Layout.Peers.Select(peer => new FuzzTarget(peer.HttpAddress, shown))], [.. cluster.Silos.Select(static silo => silo.Pid)],
        () => cluster.Silos.FirstOrDefault(static silo => silo.HasEnded)?.Tail(), [cluster, .. below]);

    private sealed class Ending(Func<Task> end) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await end();
    }
}
