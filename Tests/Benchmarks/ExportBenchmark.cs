using System.Diagnostics;
using AllData.Tests.Support;
using DuckDB.NET.Data;

namespace AllData.Benchmarks;

/// <summary>
/// Puts events into six silos and exports them with the <c>alldata</c> program, to Parquet and to NDJSON; DuckDB, which shares no code with the
/// writer, reads the Parquet files back.
/// </summary>
internal static class ExportBenchmark
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    /// <summary>Runs it and prints the figures.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (events, batch) = LoadedCluster.SizesOf(args);
        await using var cluster = await LoadedCluster.StartAsync(events, batch);
        using var folder = new TemporaryDirectory();
        foreach (var format in new[] { "parquet", "ndjson" })
        {
            for (var round = 0; round < LoadedCluster.Number(args, "--rounds", 3); round++)
            {
                var (elapsed, peak) = await ExportAsync(cluster, format, Path.Combine(folder.Path, format));
                Console.WriteLine($"{format}: {events / elapsed.TotalSeconds:N0} events/s with the program's start, peak memory {peak >> 20} MiB");
            }
        }

        Print($"SELECT count(*), count(DISTINCT key), min(key), max(key) FROM {FilesOf(folder)}");
        Print($"SELECT payload->>'$.kind' AS kind, count(*), avg((payload->>'$.id')::BIGINT) FROM {FilesOf(folder)} GROUP BY kind ORDER BY kind LIMIT 3");
        return 0;
    }

    private static string FilesOf(TemporaryDirectory folder) => $"read_parquet('{folder.Path}/parquet/interval=*/*.parquet', hive_partitioning = true)";

    private static async Task<(TimeSpan Elapsed, long Peak)> ExportAsync(LoadedCluster cluster, string format, string directory)
    {
        var gateways = cluster.Silos.Layout.Peers.SelectMany(static p => new[] { "--gateway", $"127.0.0.1:{p.GatewayPort}" });
        var watch = Stopwatch.StartNew();

        // Where it was built: beside this program, it would find other libraries than its own.
        var program = Repository.OutputOf("Client", "alldata.dll");
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [program, "export", "--format", format, "--out", directory, .. gateways]))!;
        var peak = await WatchAsync(process);
        return process.ExitCode == 0
            ? (watch.Elapsed, peak)
            : throw new InvalidOperationException($"The export ended with {process.ExitCode}.");
    }

    // Samples, because the figure is gone with the process.
    private static async Task<long> WatchAsync(Process process)
    {
        var peak = 0L;
        using var sampling = new CancellationTokenSource(Bound);
        using var samples = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        _ = process.WaitForExitAsync(sampling.Token).ContinueWith(_ => samples.Dispose(), TaskScheduler.Default);
        while (await samples.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                peak = ProcessFigures.PeakBytes(process.Id);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It has just ended; the figure before counts.
            }
        }

        return process.HasExited ? peak : throw new TimeoutException($"The export did not end within {Bound}.");
    }

    private static void Print(string sql)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            Console.WriteLine("DuckDB: " + string.Join(" | ", row));
        }
    }
}
