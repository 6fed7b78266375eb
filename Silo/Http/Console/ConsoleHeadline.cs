using System.Collections.Immutable;
using AllData.Reports;

namespace AllData.Silo.Http.Console;

/// <summary>The state of a store in a sentence or two.</summary>
internal static class ConsoleHeadline
{
    private const int MaxNamed = 4;

    // The worst first.
    private static readonly (MapState State, string One, string Several)[] Troubles =
    [
        (MapState.Dead, "is dead", "are dead"), (MapState.Silent, "does not answer", "do not answer"), (MapState.Away, "is away", "are away"),
        (MapState.ReadOnly, "is read-only", "are read-only"), (MapState.Slow, "is slow", "are slow"), (MapState.Draining, "is draining", "are draining"),
        (MapState.Drained, "is drained", "are drained"),
    ];

    /// <summary>The sentences, and the mood: <c>good</c>, <c>warn</c> or <c>bad</c>.</summary>
    public static (string Text, string Mood) Of(ClusterFacts facts, ImmutableArray<MapPeer> peers, MapLink[] links)
    {
        var (troubles, cutOff) = (Troubles.Select(t => Describe(peers, t)).OfType<string>().ToList(), CutOffOf(links));
        var owed = facts.Answers.Where(a => facts.IsAnswering(a.Key)).Sum(static a => a.Value.Figures?.Repair.MissingBlocks ?? 0);
        var alarms = facts.Answers.Count(a => facts.IsAnswering(a.Key) && a.Value.Figures is { Conditions.IsEmpty: false });
        List<string> sentences =
        [
            .. troubles.Count > 0 ? troubles : [peers.Length == 1 ? "The one peer is alive." : $"All {peers.Length:N0} peers are alive."],
            .. cutOff is null ? Array.Empty<string>() : [cutOff],
            owed > 0 ? $"{OwedText.Blocks(owed)} are owed." : peers.Any(static p => p.State is MapState.Dead or MapState.Silent)
                ? "No copy is known to be owed by the others." : "No copy is known to be owed.",
            .. alarms > 0 ? new[] { alarms == 1 ? "One silo reports a condition." : $"{alarms:N0} silos report conditions." } : [],
        ];
        var isBad = peers.Any(static p => p.State is MapState.Dead or MapState.Silent or MapState.ReadOnly) || cutOff is not null;
        var isWorth = isBad || owed > 0 || alarms > 0 || peers.Any(static p => p.State is not (MapState.Alive or MapState.PutOnly or MapState.Drained));
        return (string.Join(' ', sentences), isBad ? "bad" : isWorth ? "warn" : "good");
    }

    private static string? Describe(ImmutableArray<MapPeer> peers, (MapState State, string One, string Several) trouble)
    {
        string[] names = [.. peers.Where(p => p.State == trouble.State).Select(static p => p.Id)];
        return names.Length switch
        {
            0 => null,
            1 => $"{names[0]} {trouble.One}.",
            <= MaxNamed => $"{string.Join(", ", names[..^1])} and {names[^1]} {trouble.Several}.",
            _ => $"{names.Length:N0} of {peers.Length:N0} peers {trouble.Several}.",
        };
    }

    private static string? CutOffOf(MapLink[] links) =>
        string.Join(", ", links.Where(static l => l.State == LinkState.CutOff).Select(static l => l.Cluster).Distinct()) is { Length: > 0 } names
            ? $"Cut off from {names}." : null;
}
