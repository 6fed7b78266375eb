using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Silo.Http.Console;

/// <summary>Says of each of the newest intervals what its peers together say, and what the silent ones may hold of it.</summary>
internal static class IntervalStrip
{
    /// <summary>Intervals, at most.</summary>
    public const int MaxRows = 48;

    private const int MaxNamed = 6;

    /// <summary>The intervals, ascending.</summary>
    public static IntervalsDocument Of(ClusterFacts facts)
    {
        var held = facts.Answers.SelectMany(static a => a.Value.WithIntervals is { } figures ? figures.Intervals.Select(i => (Peer: a.Key, Stored: i)) : [])
            .GroupBy(static h => h.Stored.Interval).OrderByDescending(static g => g.Key).Take(MaxRows).Reverse();
        return new IntervalsDocument(
            facts.Topology.Own.IntervalLength.TotalSeconds, [.. held.Select(interval => RowOf(facts, interval.Key, [.. interval]))]);
    }

    /// <summary>The earliest interval that is shown of these answers; null before there is one.</summary>
    public static Interval? FirstOf(IEnumerable<SiloAnswer> answers) => answers
        .SelectMany(static a => a.WithIntervals?.Intervals.Select(static i => i.Interval) ?? []).Distinct().OrderDescending().Take(MaxRows)
        .Select(static i => (Interval?)i).LastOrDefault();

    private static IntervalRow RowOf(ClusterFacts facts, Interval interval, (PeerId Peer, StoredInterval Stored)[] held)
    {
        var (state, text) = Judge(facts, interval, held);
        if (facts.Sealed.GetValueOrDefault(interval) is { } certified)
        {
            (state, text) = (StateOf(state, certified), $"{text} {SentenceOf(certified)}");
        }

        return new IntervalRow(interval, state, held.Max(static h => h.Stored.Events), held.Length, text);
    }

    // What peers say now can be worse than what was certified, never better.
    private static IntervalMood StateOf(IntervalMood state, CertifiedInterval certified) => certified.State switch
    {
        CertificateState.Unknown => IntervalMood.Unknown,
        CertificateState.CompleteDegraded when state == IntervalMood.Closed => IntervalMood.Degraded,
        CertificateState.Complete when state == IntervalMood.Closed => IntervalMood.Sealed,
        _ => state,
    };

    private static string SentenceOf(CertifiedInterval certified) => certified.State switch
    {
        CertificateState.Complete => $"Sealed: version {certified.Version} of its certificate says that all its events are there.",
        CertificateState.CompleteDegraded =>
            $"Sealed: version {certified.Version} of its certificate says that all its events are there, and that copies were missing.",
        _ => $"Sealed: version {certified.Version} of its certificate says that something may be missing.",
    };

    private static (IntervalMood State, string Text) Judge(ClusterFacts facts, Interval interval, (PeerId Peer, StoredInterval Stored)[] held)
    {
        var silent = SilentOf(facts, interval).ToList();
        if (CutOffOf(facts, interval) is { } cutOff)
        {
            return (IntervalMood.Unknown, $"Cluster {cutOff} is cut off and may hold events of it that are not known here.");
        }

        if (silent.Count > 0 && silent.Count >= AwaitedOf(facts))
        {
            return (IntervalMood.Unknown, silent.Count == 1
                ? $"{Names(silent)} does not answer: it alone may hold events of it that were acknowledged."
                : $"{Names(silent)} do not answer: they alone may hold events of it that were acknowledged.");
        }

        var damaged = held.Where(static h => h.Stored.Damage is not null).Select(static h => h.Peer).Order().ToList();
        var owing = OwingOf(facts, interval).Order().ToList();
        string[] faults =
        [
            .. damaged.Count > 0 ? [$"{Names(damaged)} found damage in it."] : Array.Empty<string>(),
            .. owing.Count > 0 ? [$"{Names(owing)} {(owing.Count == 1 ? "owes" : "owe")} copies of it."] : Array.Empty<string>(),
            .. silent.Count > 0
                ? [$"{Names(silent)} {(silent.Count == 1 ? "does" : "do")} not answer: what was acknowledged lies with others, too."]
                : Array.Empty<string>(),
        ];
        var (state, word) = StateOf(held);
        return faults.Length > 0 ? (IntervalMood.Degraded, $"{word} {string.Join(' ', faults)}") : (state, word);
    }

    private static (IntervalMood State, string Word) StateOf((PeerId Peer, StoredInterval Stored)[] held)
    {
        var closed = held.Count(static h => h.Stored.State == IntervalState.Closed);
        return closed == held.Length ? (IntervalMood.Closed, "Closed by all peers that hold something of it.")
            : closed == 0 ? (IntervalMood.Open, "Open: it takes puts.")
            : (IntervalMood.Closing, $"{closed:N0} of {held.Length:N0} peers have closed it.");
    }

    // A peer that was dead before the interval began holds nothing of it, and others have taken over from one that is away.
    private static IEnumerable<PeerId> SilentOf(ClusterFacts facts, Interval interval) => facts.Silent
        .Where(p => p.Status != PeerStatus.Away)
        .Where(p => facts.Views.GetValueOrDefault(p.Id)?.AwaySince is not { } since || since.ToUnixTimeMilliseconds() >= interval.StartUnixMilliseconds)
        .Select(static p => p.Id);

    private static int AwaitedOf(ClusterFacts facts) =>
        facts.Answers.Values.Select(static a => a.Figures?.CopiesAwaited).OfType<int>().DefaultIfEmpty(1).Min();

    // The earliest minute is known, and that is certain; there may be later ones.
    private static IEnumerable<PeerId> OwingOf(ClusterFacts facts, Interval interval) => facts.Answers
        .Where(a => facts.IsAnswering(a.Key) && a.Value.Figures?.Repair is { MissingBlocks: > 0, OldestMissing: { } oldest }
            && oldest.ToUnixTimeMilliseconds() is var at && at >= interval.StartUnixMilliseconds && at < interval.EndUnixMilliseconds)
        .Select(static a => a.Key);

    // It takes events of its own since the link was cut.
    private static string? CutOffOf(ClusterFacts facts, Interval interval) => facts.Answers
        .Where(a => facts.IsAnswering(a.Key)).SelectMany(static a => a.Value.Figures?.Links ?? [])
        .FirstOrDefault(l => l is { State: LinkState.CutOff, HasDropped: false } && l.Since.ToUnixTimeMilliseconds() < interval.EndUnixMilliseconds)?.Name;

    private static string Names(List<PeerId> peers) => peers.Count <= MaxNamed
        ? peers.Count == 1 ? peers[0].Value : $"{string.Join(", ", peers[..^1])} and {peers[^1]}"
        : $"{peers.Count:N0} peers";
}
