using System.Diagnostics;
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
    // Each scan runs at another silo, and a silo's first scans are compiled while they run.
    private const int WarmUpScans = 3 * LoadedCluster.Peers;

    /// <summary>Runs it and prints a table.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (events, batch) = LoadedCluster.SizesOf(args);
        var rounds = LoadedCluster.Number(args, "--rounds", 5);
        await using var cluster = await LoadedCluster.StartAsync(events, batch);
        var silos = cluster.Silos;
        using var bare = BareBlocks.CopyFrom(silos.Layout);
        Console.WriteLine($"{bare.Blocks:N0} blocks, {bare.Events:N0} events in one file of {bare.Bytes / 1e6:N0} MB");

        var processes = silos.Silos.Select(static s => s.Pid).Append(Environment.ProcessId).ToArray();
        Console.WriteLine($"peak memory of silos and this process while putting:  {ProcessFigures.TakePeaks(processes)}");
        for (var i = 0; i < WarmUpScans; i++)
        {
            await ScanAsync(cluster.Grains, events, complete: true);
        }

        _ = ProcessFigures.TakePeaks(processes);
        var (scans, bares) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            bares.Add(Rate(events, bare.Read));
            var before = processes.Select(ProcessFigures.CpuOf).ToArray();
            scans.Add(await ScanAsync(cluster.Grains, events, complete: true));
            var cpu = processes.Select((pid, i) => (ProcessFigures.CpuOf(pid) - before[i]).TotalMicroseconds / events).ToArray();
            Console.WriteLine($"round {round + 1}: bare {bares[^1],12:N0} events/s, scan {scans[^1],12:N0} events/s, ratio {scans[^1] / bares[^1]:0.00}, "
                + $"CPU per event {cpu.Sum():0.00} µs: silos and this process {string.Join(", ", cpu.Select(static c => $"{c:0.00}"))}");
        }

        Console.WriteLine($"median:  bare {Median(bares),12:N0} events/s, scan {Median(scans),12:N0} events/s, "
            + $"ratio {Median([.. scans.Zip(bares, static (s, b) => s / b)]):0.00}");
        Console.WriteLine($"peak memory of silos and this process while scanning: {ProcessFigures.TakePeaks(processes)}");
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

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
