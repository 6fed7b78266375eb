using System.Security.Cryptography.X509Certificates;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Sends a store what no client sends, for long, and says what it made of it.</summary>
internal static class FuzzProgram
{
    private const int Rounds = 10;

    /// <summary>Runs it; 1 when anything must not have been.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var options = new FuzzOptions
        {
            Seed = LoadedCluster.Number(args, "--seed", 1),
            Requests = LoadedCluster.Number(args, "--requests", 100_000),
            Workers = LoadedCluster.Number(args, "--workers", 24),
            Bound = TimeSpan.FromMinutes(LoadedCluster.Number(args, "--minutes", 600)),
        };
        using var log = RunLog.Open(args);
        await using var store = await StartAsync(args);
        return await RunAsync(options, store, log);
    }

    private static async Task<int> RunAsync(FuzzOptions options, FuzzedStore store, RunLog log)
    {
        var run = new FuzzRun(options, store.Targets);
        FuzzTally? tally = null;
        for (var round = 0; round < Rounds; round++)
        {
            tally = await run.SendAsync(options.Requests / Rounds);
            log.Say($"{tally.Requests:N0} requests, {run.Ledger.Acknowledged.Count:N0} events acknowledged; resident: {store.Memory}");
        }

        log.Print($"{tally}");
        var isWell = tally!.Complaints.Count == 0;
        foreach (var target in store.Targets)
        {
            using var client = target.CreateClient();
            var readBack = new FuzzReadBack(client, run.Ledger);
            var complaints = await readBack.CheckAsync();
            log.Say($"{target.Address}: {run.Ledger.Acknowledged.Count:N0} acknowledged, {readBack.Scanned:N0} there; resident: {store.Memory}");
            complaints.ToList().ForEach(log.Print);
            isWell &= complaints.Count == 0;
        }

        log.Print(store.WhyNotAlive is { } ended ? ended : isWell ? "All is as it must be." : "Something is not as it must be.");
        return isWell && store.WhyNotAlive is null ? 0 : 1;
    }

    private static async Task<FuzzedStore> StartAsync(string[] args) =>
        args.Contains("--secure") ? await FuzzedStore.StartSecureAsync()
        : args.Contains("--postgresql") ? await FuzzedStore.StartOnPostgreSqlAsync()
        : Text(args, "--url") is { } url ? FuzzedStore.At(new FuzzTarget(
            new Uri(url), Text(args, "--cert") is { } file ? X509Certificate2.CreateFromPemFile(file, Text(args, "--cert-key")) : null))
        : await FuzzedStore.StartAsync();

    private static string? Text(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
}
