using System.Globalization;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// The throughput and latency of puts as their users see them: the <c>alldata</c> program against silos that are processes, each with its own disk
/// files, all on this machine. Each round measures every case once, so that whatever else the machine does falls on all of them.
/// </summary>
internal sealed class ThroughputBenchmark
{
    private const int Replicas = 3;

    private readonly MeasuredClusters _clusters;
    private readonly string[] _run;

    private ThroughputBenchmark(MeasuredClusters clusters, string[] run)
    {
        _clusters = clusters;
        _run = run;
    }

    /// <summary>Runs it and prints the table.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (silos, rounds) = (LoadedCluster.Number(args, "--silos", 6), LoadedCluster.Number(args, "--rounds", 5));
        var seconds = LoadedCluster.Number(args, "--seconds", 8).ToString(CultureInfo.InvariantCulture);
        var warmUp = LoadedCluster.Number(args, "--warm-up", 5).ToString(CultureInfo.InvariantCulture);
        await using var clusters = await MeasuredClusters.StartAsync(silos);
        Console.WriteLine($"{silos} silos, {Replicas} replicas, QUORUM, every replica flushed; {rounds} rounds of {seconds} s each");
        Console.WriteLine(MachineText.Describe());
        foreach (var line in await clusters.DescribeAsync())
        {
            Console.WriteLine(line);
        }

        var only = args.Zip(args.Skip(1)).Where(static pair => pair.First == "--only").Select(static pair => pair.Second).ToArray();
        var cases = new ThroughputBenchmark(clusters, ["--seconds", seconds, "--warm-up", warmUp]).Cases()
            .Where(c => only.Length == 0 || only.Contains(c.Name)).ToArray();
        await MeasureAsync(clusters, cases, rounds);
        return cases.All(static c => c.Failures.Count == 0) ? 0 : 1;
    }

    private static async Task MeasureAsync(MeasuredClusters clusters, MeasuredCase[] cases, int rounds)
    {
        foreach (var one in cases)
        {
            await one.WarmUpAsync();
        }

        await using var memory = new MemoryWatch(clusters.Cluster.Silos.Select(static s => s.Pid));
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var one in cases)
            {
                await one.MeasureAsync(round);
            }

            memory.Mark();
        }

        ThroughputTable.Print(cases);
        Console.WriteLine($"largest silo, round by round: {memory.Describe()} (to stay flat, under 400)");
    }

    private MeasuredCase[] Cases() =>
    [
        Put("client-single", "--via", "client", "--in-flight", "512").With(goal: 90_000),
        Put("grain-single", "--via", "grain", "--in-flight", "512").With(goal: 30_000),
        Put("batch", "--via", "grain", "--batch", "64", "--in-flight", "64").With(goal: 180_000, beside: ("batch-counted", 0.6)),
        Bench("batch-counted", _clusters.Counting, [
            "put", "--via", "grain", "--batch", "64", "--in-flight", "64", "--no-verify", .. AllDataProgram.GatewaysOf(_clusters.Counting.Layout)]),
        Put("one", "--via", "grain", "--in-flight", "1").With(within: (1.2, 6)),
        Http("http-single", _clusters.SiloUrl, "--connections", "64").With(beside: ("http-answered", 0.6)),
        Bench("http-answered", null, ["http", "--url", _clusters.ServerUrl, "--connections", "64", "--no-verify"]),
        Http("http-ndjson", _clusters.SiloUrl, "--connections", "4", "--path", "ndjson").With(goal: 100_000),
        Stores("storage-1", events: 1, inFlight: 512, blocks: 200_000),
        Stores("storage-64", events: 64, inFlight: 64, blocks: 12_000),
    ];

    private MeasuredCase Put(string name, params string[] options) =>
        Bench(name, _clusters.Cluster, ["put", .. options, .. AllDataProgram.GatewaysOf(_clusters.Cluster.Layout)]);

    private MeasuredCase Http(string name, string url, params string[] options) =>
        Bench(name, _clusters.Cluster, ["http", "--url", url, .. options, .. AllDataProgram.GatewaysOf(_clusters.Cluster.Layout)]);

    private MeasuredCase Bench(string name, LocalClusterProcesses? silos, string[] arguments) => new(name, () => _clusters.AloneAsync(silos, async () =>
    {
        var result = await AllDataProgram.BenchAsync([.. arguments, .. _run]);
        return (result.Figures is { } figures ? CaseFigures.Of(figures) : null, result.Failure);
    }));

    private MeasuredCase Stores(string name, int events, int inFlight, int blocks) => new(name, () => _clusters.AloneAsync<(CaseFigures?, string?)>(
        null, async () => (CaseFigures.Of(await ReplicatedStorage.MeasureSqliteAsync(Replicas, events, inFlight, blocks), events), null)));
}
