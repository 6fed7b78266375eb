using System.Diagnostics;
using System.Globalization;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// Puts events into six silos (processes, three replicas each) and scans them all; in the same rounds, the same blocks are read from one SQLite
/// file, verified and decoded, without anything else. Then again with one peer killed.
/// </summary>
internal static class ScanBenchmark
{
    private const int Peers = 6;
    private const int EventBytes = 200;
    private const int BatchesInFlight = 16;

    // Each scan runs at another silo, and a silo's first scans are compiled while they run.
    private const int WarmUpScans = 3 * Peers;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>Runs it and prints a table.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (events, rounds, batch) = (Number(args, "--events", 1_000_000), Number(args, "--rounds", 5), Number(args, "--batch", 500));
        Console.WriteLine($"{events:N0} events of {EventBytes} bytes, {batch} a put, on {Peers} silos; {Environment.ProcessorCount} processors");
        await using var silos = await LocalClusterProcesses.StartAsync(Peers);
        await using var cluster = await ConnectAsync(silos);
        await LoadAsync(cluster.Grains, events, batch);
        using var bare = BareBlocks.CopyFrom(silos.Layout);
        Console.WriteLine($"{bare.Blocks:N0} blocks, {bare.Events:N0} events in one file of {bare.Bytes / 1e6:N0} MB");

        var processes = silos.Silos.Select(static s => s.Pid).Append(Environment.ProcessId).ToArray();
        Console.WriteLine($"peak memory of silos and this process while putting:  {Peaks(processes)}");
        for (var i = 0; i < WarmUpScans; i++)
        {
            await ScanAsync(cluster.Grains, events, complete: true);
        }

        _ = Peaks(processes);
        var (scans, bares) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            bares.Add(Rate(events, bare.Read));
            var before = processes.Select(CpuOf).ToArray();
            scans.Add(await ScanAsync(cluster.Grains, events, complete: true));
            var cpu = processes.Select((pid, i) => (CpuOf(pid) - before[i]).TotalMicroseconds / events).ToArray();
            Console.WriteLine($"round {round + 1}: bare {bares[^1],12:N0} events/s, scan {scans[^1],12:N0} events/s, ratio {scans[^1] / bares[^1]:0.00}, "
                + $"CPU per event {cpu.Sum():0.00} µs: silos and this process {string.Join(", ", cpu.Select(static c => $"{c:0.00}"))}");
        }

        Console.WriteLine($"median:  bare {Median(bares),12:N0} events/s, scan {Median(scans),12:N0} events/s, "
            + $"ratio {Median([.. scans.Zip(bares, static (s, b) => s / b)]):0.00}");
        Console.WriteLine($"peak memory of silos and this process while scanning: {Peaks(processes)}");
        await ScanWithoutOneAsync(cluster.Grains, silos, events);
        return 0;
    }

    private static async Task ScanWithoutOneAsync(IGrainFactory grains, LocalClusterProcesses silos, int events)
    {
        var victim = silos.Layout.Peers[2].Id.Value;
        silos[victim].Kill();
        await silos[victim].EndsAsync();
        var rate = await ScanAsync(grains, events, complete: false);
        Console.WriteLine($"with {victim} dead: {rate:N0} events/s, the same {events:N0} events");
    }

    private static async Task<IClusterConnection> ConnectAsync(LocalClusterProcesses silos)
    {
        var gateways = silos.Layout.Peers.Select(static p => new GatewayAddress("127.0.0.1", p.GatewayPort));
        var address = new ClusterAddress([.. gateways], ClusterAddress.DefaultId, ClusterAddress.DefaultId, Bound, Bound);
        return await new OrleansConnector(TimeProvider.System).ConnectAsync(address, CancellationToken.None);
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

    private static async Task<double> ScanAsync(IGrainFactory grains, int events, bool complete)
    {
        var scan = grains.CreateEventReader().Scan(ScanRange.All);
        var (count, previous) = (0, default(EventKey));
        var watch = Stopwatch.StartNew();
        await foreach (var page in scan.ReadPagesAsync())
        {
            Count(page, ref count, ref previous);
        }

        var rate = count / watch.Elapsed.TotalSeconds;
        if (count != events || scan.Outcome.IsComplete != complete)
        {
            throw new InvalidOperationException($"{count} events of {events}; {string.Join("; ", scan.Outcome.Doubts)}");
        }

        return rate;
    }

    private static void Count(ScanPage page, ref int count, ref EventKey previous)
    {
        var reader = page.GetReader();
        while (reader.MoveNext())
        {
            var key = reader.Current.Key;
            if (key <= previous)
            {
                throw new InvalidOperationException($"{key} came after {previous}.");
            }

            previous = key;
            count++;
        }
    }

    private static double Rate(int events, Func<long> read)
    {
        var watch = Stopwatch.StartNew();
        var count = read();
        return count == events ? count / watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{count} events of {events}");
    }

    // Linux: the highest resident size since the last call (proc(5): clear_refs).
    private static string Peaks(int[] processes)
    {
        var peaks = processes.Select(static pid => Kilobytes(pid) / 1024).ToArray();
        foreach (var pid in processes)
        {
            File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        }

        return string.Join(", ", peaks) + " MiB";
    }

    private static TimeSpan CpuOf(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }

    private static long Kilobytes(int pid) => long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ')[^2],
        CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : otherwise;
}
