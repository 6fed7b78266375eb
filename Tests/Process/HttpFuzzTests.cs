using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>What no client sends, by a seeded choice over raw connections; longer runs are made by the benchmarks program.</summary>
[Collection(ProcessTests.Name)]
public sealed class HttpFuzzTests(ITestOutputHelper output)
{
    // Enough that everything has been compiled, every pool filled and every generator used.
    private const int FirstRequests = 4_000;

    private const long MostGrowth = 80 << 20;

    [Fact]
    public async Task Whatever_is_sent_over_HTTP_the_answer_is_foreseen_nothing_acknowledged_is_lost_or_changed_and_no_memory_is_kept()
    {
        var options = new FuzzOptions { Seed = TestSizes.FuzzSeed, Requests = TestSizes.FuzzRequests };
        await using var cluster = await LocalClusterProcesses.StartAsync(1);
        var (silo, target) = (cluster.Silos.Single(), new FuzzTarget(cluster.Layout.Peers[0].HttpAddress));
        var run = new FuzzRun(options, [target]);

        await run.SendAsync(Math.Min(FirstRequests, options.Requests));
        var before = await SiloMemory.CollectAsync(silo);
        var tally = await run.SendAsync(options.Requests);
        output.WriteLine(tally.ToString());
        Assert.False(silo.HasEnded, silo.Tail());
        Assert.True(tally.Complaints.Count == 0, tally.ToString());

        using var client = target.CreateClient();
        var readBack = new FuzzReadBack(client, run.Ledger);
        var complaints = await readBack.CheckAsync();
        output.WriteLine($"{run.Ledger.Acknowledged.Count} acknowledged, {readBack.Scanned} there");
        Assert.True(complaints.Count == 0, $"seed {options.Seed}:\n{string.Join('\n', complaints)}");
        Assert.NotEmpty(run.Ledger.Acknowledged);

        // What is resident falls some time after a collection: pages are given back by and by.
        var after = await Eventually.IsAsync(
            $"memory is that of before, {before >> 20} MiB, and {MostGrowth >> 20} MiB at most", () => SiloMemory.CollectAsync(silo),
            bytes => bytes <= before + MostGrowth, TimeSpan.FromSeconds(60));
        output.WriteLine($"{before >> 20} MiB before, {after >> 20} MiB after");
    }
}
