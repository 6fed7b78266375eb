using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Faults by a seeded schedule under load, and a verdict.</summary>
internal static class ChaosProgram
{
    /// <summary>Runs it; 1 when anything was lost or did not come back to its place.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var options = new ChaosOptions
        {
            Seed = LoadedCluster.Number(args, "--seed", 1),
            Length = TimeSpan.FromSeconds((60 * LoadedCluster.Number(args, "--minutes", 10)) + LoadedCluster.Number(args, "--seconds", 0)),
            PerSecond = LoadedCluster.Number(args, "--rate", 1_000),
            Settings = args.Contains("--logs") ? ["--AllData:Storage:Provider=Log"] : [],
        };
        using var log = RunLog.Open(args);
        var verdict = await new ChaosRun(options, log.Say).RunAsync();
        log.Print(verdict.ToString());
        return verdict.IsWell ? 0 : 1;
    }
}
