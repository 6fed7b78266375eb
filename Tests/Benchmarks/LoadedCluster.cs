using System.Diagnostics;
using System.Globalization;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Six silos, each a process, three replicas of each event, into which events have been put.</summary>
internal sealed class LoadedCluster : IAsyncDisposable
{
    /// <summary>Number of silos.</summary>
    public const int Peers = 6;

    private const int EventBytes = 200;
    private const int BatchesInFlight = 16;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly IClusterConnection _connection;

    private LoadedCluster(LocalClusterProcesses silos, IClusterConnection connection)
    {
        Silos = silos;
        _connection = connection;
    }

    /// <summary>The silos.</summary>
    public LocalClusterProcesses Silos { get; }

    /// <summary>The way to their grains.</summary>
    public IGrainFactory Grains => _connection.Grains;

    /// <summary>The requested number of events, and how many go in each put.</summary>
    public static (int Events, int Batch) SizesOf(string[] args) => (Number(args, "--events", 1_000_000), Number(args, "--batch", 500));

    /// <summary>A number from a command line.</summary>
    public static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Starts the silos and puts the events.</summary>
    public static async Task<LoadedCluster> StartAsync(int events, int batch)
    {
        Console.WriteLine($"{events:N0} events of {EventBytes} bytes, {batch} a put, on {Peers} silos; {Environment.ProcessorCount} processors");
        var silos = await LocalClusterProcesses.StartAsync(Peers);
        var gateways = silos.Layout.Peers.Select(static p => new GatewayAddress("127.0.0.1", p.GatewayPort));
        var address = new ClusterAddress([.. gateways], ClusterAddress.DefaultId, ClusterAddress.DefaultId, Bound, Bound);
        var cluster = new LoadedCluster(silos, await new OrleansConnector(TimeProvider.System).ConnectAsync(address, CancellationToken.None));
        await LoadAsync(cluster.Grains, events, batch);
        return cluster;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await Silos.DisposeAsync();
    }

    private static async Task LoadAsync(IGrainFactory grains, int events, int batch)
    {
        var left = events / batch;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, BatchesInFlight).Select(async worker =>
        {
            var random = new Random(worker);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var payloads = Enumerable.Range(0, batch).Select(_ => EventPayload.FromText(Json(random))).ToArray();
                foreach (var result in await grains.GetPutCoordinator().PutMany(EventBatch.Of(payloads)))
                {
                    _ = result.Receipt ?? throw result.Error!;
                }
            }
        }));
        Console.WriteLine($"put in {watch.Elapsed.TotalSeconds:0.0} s");
    }

    private static string Json(Random random)
    {
        var head = $"{{\"id\":{random.Next()},\"kind\":\"{random.Next(20)}\",\"text\":\"";
        return head + new string((char)('a' + random.Next(26)), EventBytes - head.Length - 2) + "\"}";
    }
}
