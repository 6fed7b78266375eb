using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
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
