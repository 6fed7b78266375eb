using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary>What a command has done about a peer, for machines.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Outcome">draining, drained, undrained, dropped, refused, or checked when it was only looked at.</param>
/// <param name="TopologyVersion">The topology after it, where it has given an order.</param>
/// <param name="Check">What was counted; null where nothing was.</param>
internal sealed record DepartureJson(string Peer, string Outcome, long? TopologyVersion, DepartureCheckJson? Check);

/// <summary>What a departure would leave, for machines.</summary>
/// <param name="Blocks">Blocks that the peer holds; all that the others hold, where it does not answer.</param>
/// <param name="Events">Events in them.</param>
/// <param name="PeerAnswers">Whether it answers; what it holds is not known otherwise.</param>
/// <param name="Shortages">What would have too few copies; empty when it can go.</param>
/// <param name="NotAnswering">Peers whose copies are not counted.</param>
internal sealed record DepartureCheckJson(
    long Blocks, long Events, bool PeerAnswers, IReadOnlyList<ShortageJson> Shortages, IReadOnlyList<string> NotAnswering)
{
    public static DepartureCheckJson Of(PeerId peer, DepartureCheck check) => new(
        check.Blocks, check.Events, !check.NotAnswering.Contains(peer), [.. check.Shortages.Select(ShortageJson.Of)],
        [.. check.NotAnswering.Select(static p => p.Value)]);
}

/// <summary>Blocks that would have too few copies, for machines.</summary>
internal sealed record ShortageJson(int CopiesLeft, int CopiesAsked, long Blocks, long Events, string Oldest)
{
    public static ShortageJson Of(CopyShortage shortage) =>
        new(shortage.CopiesLeft, shortage.CopiesAsked, shortage.Blocks, shortage.Events, shortage.Oldest.ToString());
}

/// <summary>Writes what a command has done about a peer.</summary>
internal sealed class DepartureOutput(Terminal terminal, PeerId peer, bool json)
{
    /// <summary>Writes the outcome: for a machine as a document, for people as a line.</summary>
    public void Write(string outcome, string line, TopologySnapshot? topology = null, DepartureCheck? check = null)
    {
        if (json)
        {
            terminal.WriteJson(new DepartureJson(peer.Value, outcome, topology?.Version, check is null ? null : DepartureCheckJson.Of(peer, check)));
        }
        else
        {
            terminal.WriteLine(line);
        }
    }

    /// <summary>Writes what would have too few copies, for a machine with the outcome; and says whose copies are not counted.</summary>
    public void WriteShortages(DepartureCheck check)
    {
        var isSilent = check.NotAnswering.Contains(peer);
        if (isSilent)
        {
            terminal.Say($"{peer} does not answer: what it alone holds is not known. This is what the others hold.");
        }

        foreach (var line in DepartureText.NotAnswering(check, peer))
        {
            terminal.Say(line);
        }

        foreach (var line in json ? [] : DepartureText.Shortages(check, isSilent ? "have" : "would have"))
        {
            terminal.WriteLine(line);
        }
    }
}
