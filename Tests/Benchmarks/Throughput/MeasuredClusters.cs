using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AllData.Client.Bench;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>All that is measured in one run: the cluster, one whose stores only count, and an HTTP server that answers without storing.</summary>
internal sealed class MeasuredClusters : IAsyncDisposable
{
    private readonly Process _server;

    private MeasuredClusters(LocalClusterProcesses cluster, LocalClusterProcesses counting, Process server, int serverPort)
    {
        Cluster = cluster;
        Counting = counting;
        _server = server;
        ServerUrl = $"http://127.0.0.1:{serverPort}";
    }

    /// <summary>The cluster.</summary>
    public LocalClusterProcesses Cluster { get; }

    /// <summary>As many silos whose stores only count.</summary>
    public LocalClusterProcesses Counting { get; }

    /// <summary>The address of the server that only answers.</summary>
    public string ServerUrl { get; }

    /// <summary>The address of one of the cluster's silos.</summary>
    public string SiloUrl => $"http://127.0.0.1:{Cluster.Layout.Peers[0].HttpPort}";

    /// <summary>Starts them all.</summary>
    public static async Task<MeasuredClusters> StartAsync(int silos)
    {
        var cluster = await LocalClusterProcesses.StartAsync(silos);
        var counting = await LocalClusterProcesses.StartAsync(StandIns.Program(StandIns.CountingSilo), silos);
        var port = FreePort();
        var program = StandIns.Program(StandIns.AnsweringServer);
        var server = Process.Start(new ProcessStartInfo(program.FileName, [.. program.LeadingArguments, $"{port}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return await server.StandardOutput.ReadLineAsync() == "ready"
            ? new MeasuredClusters(cluster, counting, server, port)
            : throw new InvalidOperationException("The server that answers without storing did not start.");
    }

    /// <summary>What the cluster's silos say that they run on and how they store, line by line.</summary>
    public async Task<IEnumerable<string>> DescribeAsync()
    {
        await using var connection = await StoreClients.ConnectAsync(Cluster.Layout.Peers);
        var reports = await Task.WhenAll(Cluster.Layout.Peers.Select(peer => connection.Grains.GetReplica(peer.Id).GetReport()));
        return BenchConditions.Describe([.. reports]);
    }

    /// <summary>Measures something while the silos that it does not use are stopped where they are: what they do meanwhile would be taken from it.</summary>
    /// <param name="measured">The silos that it uses; null: none.</param>
    /// <param name="measure">Measures it.</param>
    public async Task<T> AloneAsync<T>(LocalClusterProcesses? measured, Func<Task<T>> measure)
    {
        LocalClusterProcesses[] others = [.. new[] { Cluster, Counting }.Where(silos => silos != measured)];
        SiloProcess[] paused = [.. others.SelectMany(static silos => silos.Silos)];
        Array.ForEach(paused, static silo => silo.Pause());
        try
        {
            return await measure();
        }
        finally
        {
            Array.ForEach(paused, static silo => silo.Continue());
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Its sign to end.
        _server.StandardInput.Close();
        await _server.WaitForExitAsync();
        _server.Dispose();
        await Counting.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
