using System.Collections.Immutable;
using AllData.Client.Intervals;
using AllData.Client.Terminals;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;

namespace AllData.Client.Copies;

/// <summary>The copies of what was put under a key, for machines.</summary>
internal sealed record ExplainJson(string Key, IReadOnlyList<EventCopiesJson> Events, IReadOnlyList<SilentJson> Silent);

/// <summary>The copies of one event, for machines.</summary>
internal sealed record EventCopiesJson(
    string Digest, int Copies, int CopiesAsked, IReadOnlyDictionary<string, CopyState> Peers, IReadOnlyList<int> Elsewhere)
{
    public static EventCopiesJson Of(EventCopies copies) => new(
        copies.Digest.ToString(), copies.Copies, copies.CopiesAsked,
        copies.States.ToDictionary(static s => s.Key.Value, static s => s.Value), copies.Elsewhere);
}

/// <summary>Writes where the copies of an event lie.</summary>
internal static class ExplainOutput
{
    /// <summary>Writes it for a machine or for people.</summary>
    public static void Write(Terminal terminal, EventKey key, KeyCopies copies, bool json)
    {
        if (json)
        {
            terminal.WriteJson(new ExplainJson(key.ToString(), [.. copies.Events.Select(EventCopiesJson.Of)], [.. copies.Silent.Select(SilentJson.Of)]));
        }
        else
        {
            foreach (var one in copies.Events)
            {
                Write(terminal, key, one, copies.Peers);
            }
        }

        if (copies.Events.IsEmpty)
        {
            terminal.Say($"No event under {key} on any peer that answered.");
        }

        if (copies.Events.Length > 1)
        {
            terminal.Say($"Conflict: {copies.Events.Length} different events were put under {key}. All are kept, none is preferred.");
        }

        IntervalsOutput.SaySilent(terminal, copies.Silent);
    }

    /// <summary>A state as a cell of a table.</summary>
    public static string CellOf(CopyState state) => state switch
    {
        CopyState.Held => "yes",
        CopyState.Extra => "extra",
        CopyState.Missing => "MISSING",
        CopyState.Unknown => "?",
        CopyState.Believed => "believed",
        CopyState.Replaced => "replaced",
        _ => "",
    };

    private static void Write(Terminal terminal, EventKey key, EventCopies copies, ImmutableArray<PeerDescriptor> peers)
    {
        terminal.WriteLine($"{key}, digest {copies.Digest}");
        var table = new ResultTable(new("peer"), new("location", 1), new("copy"), new("", 2));
        foreach (var (peer, state) in copies.States)
        {
            table.AddRow(peer.Value, LocationOf(peer, peers), CellOf(state), CopyText.MeaningOf(state));
        }

        table.Write(terminal);
        terminal.WriteLine(CopyText.SumOf(copies));
    }

    private static string LocationOf(PeerId peer, ImmutableArray<PeerDescriptor> peers) => peers.FirstOrDefault(p => p.Id == peer)?.Location.ToString() ?? "-";
}
