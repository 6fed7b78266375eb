using System.CommandLine;
using AllData.Federation;
using AllData.Simulation.Running;

namespace AllData.Simulation;

/// <summary>The simulator: <c>dotnet run -c Release --project Tests/Simulation -- --seeds 1000 --minutes 10</c>.</summary>
internal static class Program
{
    /// <summary>Runs seeds; 1 when one has failed.</summary>
    public static int Main(string[] args)
    {
        var seeds = new Option<int>("--seeds") { Description = "Seeds to run.", DefaultValueFactory = static _ => 100 };
        var first = new Option<int>("--seed") { Description = "The first seed.", DefaultValueFactory = static _ => 1 };
        var minutes = new Option<int>("--minutes") { Description = "Simulated minutes with faults.", DefaultValueFactory = static _ => 10 };
        var peers = new Option<int?>("--peers") { Description = "Peers at the beginning; otherwise drawn from the seed." };
        var clusters = new Option<int>("--clusters") { Description = "Clusters that the store consists of, 1 to 16.", DefaultValueFactory = static _ => 1 };
        clusters.Validators.Add(static given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > FederationDocument.MaxClusters)
            {
                given.AddError($"--clusters is 1 to {FederationDocument.MaxClusters}.");
            }
        });
        var followers = new Option<int>("--followers") { Description = "Readers that follow the store.", DefaultValueFactory = static _ => 3 };
        var bug = new Option<PlantedBug>("--bug") { Description = "A fault of the program that is put in on purpose." };
        var trace = new Option<bool>("--trace") { Description = "Runs one seed and writes its course." };
        var sealing = new Option<bool>("--sealing") { Description = "Seals intervals, too; give at least 13 minutes." };
        var restored = new Option<bool>("--restored-registry") { Description = "Puts the registry back to an older state now and then, too." };
        var drop = new Option<bool>("--drop") { Description = "One cluster says of another, live one that it was dropped." };
        var early = new Option<bool>("--early-copies") { Description = "Fails where repair copies what it is not responsible for, not knowing all peers yet." };
        var threads = new Option<int>("--threads") { Description = "Seeds beside each other.", DefaultValueFactory = static _ => Environment.ProcessorCount };
        var root = new RootCommand("Runs simulated stores with the real protocol and repair code, and checks what must never happen.")
        {
            seeds, first, minutes, peers, clusters, followers, sealing, bug, restored, drop, early, trace, threads,
        };
        root.SetAction(parsed =>
        {
            var start = parsed.GetValue(first);
            WorldSettings Draw(int seed)
            {
                var drawn = WorldSettings.Draw(seed, parsed.GetValue(minutes), parsed.GetValue(peers), parsed.GetValue(bug), parsed.GetValue(clusters));
                return (parsed.GetValue(sealing) ? drawn.WithSealing() : drawn) with
                {
                    Followers = parsed.GetValue(followers),
                    RestoresRegistry = drawn.RestoresRegistry || parsed.GetValue(restored),
                    DropsCluster = parsed.GetValue(drop) && drawn.Clusters > 1,
                    ChecksEarlyCopies = parsed.GetValue(early),
                };
            }

            if (parsed.GetValue(trace))
            {
                return TellOne(RunReport.Of(Draw(start), Console.Out));
            }

            var campaign = new Campaign();
            campaign.Run(Enumerable.Range(start, parsed.GetValue(seeds)).Select(Draw), parsed.GetValue(threads));
            campaign.Tell(Console.Out);
            var more = $"{(parsed.GetValue(peers) is { } count ? $" --peers {count}" : "")}"
                + $"{(parsed.GetValue(clusters) is > 1 and var several ? $" --clusters {several}" : "")}"
                + $" --followers {parsed.GetValue(followers)}"
                + $"{(parsed.GetValue(sealing) ? " --sealing" : "")}"
                + $"{(parsed.GetValue(bug) is var planted and not PlantedBug.None ? $" --bug {planted}" : "")}"
                + $"{(parsed.GetValue(restored) ? " --restored-registry" : "")}"
                + $"{(parsed.GetValue(drop) ? " --drop" : "")}"
                + $"{(parsed.GetValue(early) ? " --early-copies" : "")}";
            return TellFailures(campaign, parsed.GetValue(minutes), more);
        });
        return root.Parse(args).Invoke();
    }

    private static int TellOne(RunReport report)
    {
        Console.WriteLine($"seed {report.Seed}, trace {report.TraceHash:x16}: {report.Failure ?? "all invariants held"}");
        return report.Failure is null ? 0 : 1;
    }

    private static int TellFailures(Campaign campaign, int minutes, string more)
    {
        foreach (var failure in campaign.Failures)
        {
            Console.WriteLine();
            Console.WriteLine($"seed {failure.Seed} failed: {failure.Failure}");
            Console.WriteLine($"  replay: dotnet run -c Release --project Tests/Simulation -- --seed {failure.Seed} --minutes {minutes}{more} --trace");
        }

        return campaign.Failures.Any() ? 1 : 0;
    }
}
