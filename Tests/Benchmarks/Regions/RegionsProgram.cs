namespace AllData.Benchmarks;

/// <summary>What a store of three clusters promises while regions are cut off, dead or far away, shown with real processes.</summary>
internal static class RegionsProgram
{
    /// <summary>Runs one of the parts; 1 when a promise was not kept.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        return args switch
        {
            ["cut", .. var rest] => await new RegionsCut(log, rest).RunAsync(),
            ["kill", .. var rest] => await new RegionsKill(log, rest).RunAsync(),
            ["throughput", .. var rest] => await new RegionsThroughput(log, rest).RunAsync(),
            ["delay", .. var rest] => await new RegionsDelay(log, rest).RunAsync(),
            _ => Complain(),
        };
    }

    private static int Complain()
    {
        Console.Error.WriteLine("Name a part: cut, kill, throughput or delay.");
        return 2;
    }
}
