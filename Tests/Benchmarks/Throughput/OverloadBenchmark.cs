using System.Globalization;
using AllData.Client.Bench;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// How a cluster behaves under more load than it can take: events at a fixed rate, at a fraction and at multiples of the best rate that was measured
/// just before.
/// </summary>
internal static class OverloadBenchmark
{
    private const string InFlight = "512";

    // More than the silos admit: fewer would keep the load itself within what they can do.
    private const string Outstanding = "100000";

    // A best rate that is found while the silos are still being compiled is far below what they can do.
    private const string WarmUp = "25";

    private const double GoodputToKeep = 0.8;

    private static readonly double[] Factors = [0.5, 1, 1.5, 2, 3];

    /// <summary>Runs it and prints a table for each way into the cluster.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = LoadedCluster.Number(args, "--seconds", 10).ToString(CultureInfo.InvariantCulture);
        var only = args.Zip(args.Skip(1)).FirstOrDefault(static pair => pair.First == "--via").Second;
        await using var silos = await LocalClusterProcesses.StartAsync(LoadedCluster.Number(args, "--silos", LoadedCluster.Peers));
        string[] all = ["put", "--seconds", seconds, .. AllDataProgram.GatewaysOf(silos.Layout)];
        foreach (var via in new[] { "client", "grain" }.Where(v => only is null || v == only))
        {
            await MeasureAsync([.. all, "--via", via], via);
        }

        return 0;
    }

    private static async Task MeasureAsync(string[] arguments, string via)
    {
        var best = (await BenchAsync([.. arguments, "--in-flight", InFlight, "--warm-up", WarmUp])).EventsPerSecond;
        Console.WriteLine($"via {via}: {best:N0} events/s at most, by {InFlight} callers that wait for their answers");
        Console.WriteLine("times best   asked/s  stored/s  of best    p50 ms    p99 ms    max ms  overloaded  not sent  failed otherwise  replaced  "
            + "silo MiB  read back");
        foreach (var factor in Factors)
        {
            var run = await BenchAsync([.. arguments, "--in-flight", Outstanding, "--rate", (best * factor).ToString("0", CultureInfo.InvariantCulture)]);
            var part = run.EventsPerSecond / best;
            var verdict = factor == 2 && part < GoodputToKeep ? "  NOT REACHED: 0.8 of the best" : "";
            var failed = run.Errors.Values.Sum() - run.Overloaded;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{factor,10:0.0}  {best * factor,8:N0}  {run.EventsPerSecond,8:N0}  {part,7:0.00}  {run.P50,8:0.0}  {run.P99,8:0.0}  {run.Max,8:0.0}  "
                    + $"{run.Overloaded,10:N0}"
                + $"  {run.NotSent,8:N0}  {failed,16:N0}  {run.Replacements,8:N0}  {run.SiloMemory,8:0}  "
                    + $"{(run.Verified == true ? "all" : $"{run.Lost} LOST, {run.Doubts} in doubt")}{verdict}"));
        }
    }

    private static async Task<BenchJson> BenchAsync(string[] arguments)
    {
        var result = await AllDataProgram.BenchAsync(arguments);
        return result.Figures ?? throw new InvalidOperationException(result.Failure);
    }
}
