using System.Text.RegularExpressions;
using AllData.Coordination;
using AllData.Replication;

namespace AllData.Silo.Http.Console;

/// <summary>Sums up what silos have answered to puts between their figures, over the last rounds.</summary>
internal sealed partial class PutWindow
{
    /// <summary>Rounds that rates and latencies are taken of: as many as it takes until the last peer of a large cluster has been asked.</summary>
    public const int Rounds = 10;

    /// <summary>Rounds in <see cref="PutsDocument.History"/>.</summary>
    public const int HistoryRounds = 60;

    private readonly Queue<(double Seconds, Dictionary<(CommitLevel Level, string Outcome), PutSeries> Series)> _rounds = new();
    private readonly Queue<double> _history = new();

    /// <summary>Takes the changes of a round.</summary>
    /// <param name="changes">Figures that came in it, and those of the same process before.</param>
    /// <param name="seconds">The time since the round before; 0 for the first.</param>
    public PutsDocument Fold(IEnumerable<FigureChange> changes, double seconds)
    {
        if (seconds > 0)
        {
            Add(changes, seconds);
        }

        return Sum();
    }

    private void Add(IEnumerable<FigureChange> changes, double seconds)
    {
        var round = new Dictionary<(CommitLevel, string), PutSeries>();
        foreach (var one in changes.SelectMany(static c => Differences(c.Before.Puts, c.After.Puts)))
        {
            round[(one.Level, one.Outcome)] = round.TryGetValue((one.Level, one.Outcome), out var sum) ? Add(sum, one) : one;
        }

        Keep(_rounds, (seconds, round), Rounds);
        Keep(_history, round.Values.Sum(static s => s.Events) / seconds, HistoryRounds);
    }

    private PutsDocument Sum()
    {
        var elapsed = Math.Max(_rounds.Sum(static r => r.Seconds), 0.001);
        var rows = _rounds.SelectMany(static r => r.Series.Values).GroupBy(static s => (s.Level, s.Outcome))
            .Select(same => RowOf(same.Aggregate(Add), elapsed))
            .OrderBy(static r => r.IsStored ? 0 : 1).ThenByDescending(static r => r.PerSecond).ThenBy(static r => r.Level, StringComparer.Ordinal);
        return new PutsDocument(
            Math.Round(_rounds.Sum(static r => r.Series.Values.Sum(static s => s.Events)) / elapsed, 1),
            _history.Any(static h => h > 0) ? [.. _history.Select(static h => Math.Round(h, 1))] : [], [.. rows]);
    }

    private static PutsRow RowOf(PutSeries series, double elapsed) => new(
        $"{series.Level}".ToLowerInvariant(), WordsOf(series.Outcome), series.Outcome == nameof(PutOutcome.Stored), Math.Round(series.Events / elapsed, 1),
        QuantileOf(series, 0.5), QuantileOf(series, 0.99));

    /// <summary>The duration that a part of the events did not exceed, milliseconds.</summary>
    internal static double QuantileOf(PutSeries series, double part)
    {
        var (left, last) = (part * series.Durations.Sum(), 0);
        for (var i = 0; i < series.Durations.Length; i++)
        {
            left -= series.Durations[i];
            last = i;
            if (left <= 0)
            {
                break;
            }
        }

        return Math.Round(PutFigures.LongestOf(last), 1);
    }

    private static IEnumerable<PutSeries> Differences(IEnumerable<PutSeries> before, IEnumerable<PutSeries> after)
    {
        var known = before.ToDictionary(static s => (s.Level, s.Outcome));
        return after.Select(now => known.TryGetValue((now.Level, now.Outcome), out var then) ? Combine(now, then, -1) : now).Where(static s => s.Events > 0);
    }

    private static PutSeries Add(PutSeries a, PutSeries b) => Combine(a, b, 1);

    private static PutSeries Combine(PutSeries a, PutSeries b, int sign) => a with
    {
        Events = a.Events + (sign * b.Events),
        Durations =
        [
            .. Enumerable.Range(0, Math.Max(a.Durations.Length, b.Durations.Length))
                .Select(i => a.Durations.ElementAtOrDefault(i) + (sign * b.Durations.ElementAtOrDefault(i))),
        ],
    };

    private static void Keep<T>(Queue<T> queue, T item, int most)
    {
        queue.Enqueue(item);
        if (queue.Count > most)
        {
            queue.Dequeue();
        }
    }

    // NotEnoughPeersException: not enough peers.
    private static string WordsOf(string outcome) =>
        string.Join(' ', Word().Matches(outcome.Replace("Exception", "", StringComparison.Ordinal)).Select(static w => w.Value.ToLowerInvariant()))
            is { Length: > 0 } words ? words : outcome;

    [GeneratedRegex("[A-Z]?[a-z]+")]
    private static partial Regex Word();
}
