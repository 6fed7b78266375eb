using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;

namespace AllData.Client.Regions;

/// <summary><c>alldata region</c>: what is done with all peers of a region together.</summary>
internal static class RegionCommand
{
    public static Command Create(ClientServices services, GlobalOptions global) =>
        new("region", "Takes a region out of a store of several clusters.") { CreateDrop(services, global) };

    private static Command CreateDrop(ClientServices services, GlobalOptions global)
    {
        var region = new Argument<string>("NAME") { Description = "The region." };
        var file = new Option<string>("--document")
        {
            Description = "The file with the federation document in use. The region is marked there as dropped, under the next version.",
            HelpName = "FILE",
        };
        var accept = new Option<bool>("--accept-loss")
        {
            Description = "Drops it even if only its peers hold something, or may. That is lost, and the document says so.",
        };
        var dry = new Option<bool>("--dry-run") { Description = "Only shows what would be lost. Exit code 1 when it would be refused." };
        var drop = new Command(
            "drop", "Drops a region that does not come back. Refused while only its peers hold something, or may hold something.")
        {
            region, file, accept, dry,
        };
        drop.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            var isDry = parsed.GetValue(dry);
            var document = RegionDocument.Open(parsed.GetValue(file), isDry);
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var name = parsed.GetValue(region)!;
            var run = new RegionDropRun(
                services, new RegionSurvey(name, cluster, services), new RegionOutput(services.Terminal, name, global.IsJson(parsed)), document, isDry,
                parsed.GetValue(accept));
            return await run.RunAsync(cancellation);
        });
        return drop;
    }
}
