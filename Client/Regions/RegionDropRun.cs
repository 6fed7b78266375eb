using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Departure;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Client.Regions;

/// <summary>One run of <c>alldata region drop</c>.</summary>
/// <param name="services">What commands work with.</param>
/// <param name="survey">Counts.</param>
/// <param name="output">Writes the outcome.</param>
/// <param name="document">The document; null where it only looks and none is named.</param>
/// <param name="isDry">Whether it only looks.</param>
/// <param name="acceptsLoss">Whether what only the region holds may be lost.</param>
internal sealed class RegionDropRun(
    ClientServices services, RegionSurvey survey, RegionOutput output, RegionDocument? document, bool isDry, bool acceptsLoss)
{
    /// <summary>Counts, decides, and marks the region in the document.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var found = await survey.FindAsync(cancellation);
        RefuseOutdated(found.Check);
        document?.RefuseOther(found.Check);
        if (!isDry && found.IsFree)
        {
            // A put that had chosen a peer before it was drained may have come since.
            await Task.Delay(DrainWatch.Confirmation, services.Time, cancellation);
            found = await survey.FindAsync(cancellation);
        }

        if (!found.IsFree && !acceptsLoss)
        {
            output.WriteRefused(found);
            return ExitCodes.Failed;
        }

        if (isDry || document is null)
        {
            output.WriteChecked(found);
            return ExitCodes.Done;
        }

        var dropped = DroppedOf(found, services.Time.GetUtcNow());
        output.WriteDropped(found, dropped, document.Mark(dropped), $"{document}");
        return ExitCodes.Done;
    }

    // Marked twice, with two counts, there would be two documents of one version, and silos with one would refuse the other.
    private static void RefuseOutdated(RegionCheck check)
    {
        if (check.NewestVersion > check.DocumentVersion)
        {
            throw new UsageException(
                $"Version {check.NewestVersion} of the federation document is in use already, and the silo that was asked has version {check.DocumentVersion}: "
                + "the region may have been dropped by it. Start every silo with the newest document, or ask one that has it: --gateway HOST:PORT.");
        }
    }

    private static DroppedRegion DroppedOf(RegionFindings found, DateTimeOffset now) => new()
    {
        Region = found.Check.Region,
        At = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
        Blocks = found.Check.OnlyThereBlocks,
        Events = found.Check.OnlyThereEvents,
        Unknown = found.Doubts,
    };
}
