using AllData.Client.Departure;
using AllData.Client.Terminals;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Client.Regions;

/// <summary>What was done about a region, for machines.</summary>
/// <param name="Region">The region.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Outcome">dropped, refused, or checked when it was only looked at.</param>
/// <param name="Blocks">Blocks that only its peers hold.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Doubts">Why they may hold more.</param>
/// <param name="Peers">Its storing peers.</param>
/// <param name="NotAnswering">Peers of the store whose copies are not counted.</param>
/// <param name="DocumentVersion">The version of the federation document: the new one where it was dropped.</param>
internal sealed record RegionJson(
    string Region, string Cluster, string Outcome, long Blocks, long Events, IReadOnlyList<string> Doubts, IReadOnlyList<string> Peers,
    IReadOnlyList<string> NotAnswering, int DocumentVersion);

/// <summary>Writes what was done about a region, for machines or for people.</summary>
internal sealed class RegionOutput(Terminal terminal, string region, bool json)
{
    /// <summary>It is not dropped.</summary>
    public void WriteRefused(RegionFindings found)
    {
        SayDoubts(found);
        Write(found, "refused", found.Check.DocumentVersion, $"Region {region} is not dropped: {Held(found)} {WayOut(found.Check)}");
    }

    /// <summary>It was only looked at.</summary>
    public void WriteChecked(RegionFindings found)
    {
        SayDoubts(found);
        Write(found, "checked", found.Check.DocumentVersion, $"Region {region} would be dropped: {Held(found)}");
    }

    /// <summary>The document says that it is dropped.</summary>
    public void WriteDropped(RegionFindings found, DroppedRegion dropped, FederationDocument next, string file)
    {
        SayDoubts(found);
        Write(
            found, "dropped", next.Version,
            $"{dropped.Describe()} Version {next.Version} of the federation document in {file} says so. Give it to every silo of the clusters that stay and "
            + "start them one after the other: from then on nothing waits for the region.");
    }

    private void Write(RegionFindings found, string outcome, int version, string line)
    {
        if (!json)
        {
            terminal.WriteLine(line);
            return;
        }

        var check = found.Check;
        terminal.WriteJson(new RegionJson(
            region, check.Cluster, outcome, check.OnlyThereBlocks, check.OnlyThereEvents, found.Doubts, [.. check.Peers.Select(static p => p.Value)],
            [.. check.Check.NotAnswering.Select(static p => p.Value)], version));
    }

    private void SayDoubts(RegionFindings found)
    {
        foreach (var doubt in found.Doubts)
        {
            terminal.Say(doubt);
        }

        foreach (var silent in found.Check.Check.NotAnswering.Except(found.Check.Peers))
        {
            terminal.Say($"No answer from {silent}: its copies are not counted.");
        }
    }

    private static string Held(RegionFindings found)
    {
        var check = found.Check;
        var held = DepartureText.Held(check.Check with { Blocks = check.OnlyThereBlocks, Events = check.OnlyThereEvents });
        return $"{held} are held there alone, as far as {(found.Doubts.IsEmpty ? "can be known." : "it is known, and there may be more.")}";
    }

    private static string WayOut(RegionCheck check) =>
        $"Drain its peers in cluster {check.Cluster} ('alldata drain PEER' with a gateway there), so that the others fetch what they hold, and try again. If "
        + "the region does not come back, give --accept-loss: what only its peers hold is lost then.";
}
