using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>
/// What a silo has answered to puts, by level and outcome, with how long it took: for reports, because instruments can be added to and read only from
/// outside. Safe for several threads; costs a put two additions.
/// </summary>
internal sealed class PutFigures
{
    /// <summary>The outcome of what would be one series too many.</summary>
    public const string Others = "others";

    /// <summary>Series that are kept apart, at most.</summary>
    public const int MaxSeries = 48;

    // Four classes for each doubling: a duration is known to a fifth.
    private const int ClassesPerDoubling = 4;
    private const double ShortestMilliseconds = 0.1;

    /// <summary>Classes of durations, up to half a minute.</summary>
    internal const int Classes = 74;

    private readonly ConcurrentDictionary<(CommitLevel Level, string Outcome), Series> _series = new();

    /// <summary>A block was answered.</summary>
    public void OnAnswered(CommitLevel level, string outcome, int events, TimeSpan elapsed)
    {
        if (!_series.TryGetValue((level, outcome), out var series))
        {
            series = _series.GetOrAdd((level, _series.Count < MaxSeries ? outcome : Others), static _ => new Series());
        }

        Interlocked.Add(ref series.Events, events);
        Interlocked.Add(ref series.Durations[ClassOf(elapsed)], events);
    }

    /// <summary>All series, in the order of their levels and outcomes.</summary>
    public ImmutableArray<PutSeries> Read() =>
    [
        .. _series.OrderBy(static s => s.Key.Level).ThenBy(static s => s.Key.Outcome, StringComparer.Ordinal)
            .Select(static s => new PutSeries(s.Key.Level, s.Key.Outcome, Interlocked.Read(ref s.Value.Events), Trimmed(s.Value.Durations))),
    ];

    /// <summary>The longest duration of a class, milliseconds.</summary>
    public static double LongestOf(int index) => ShortestMilliseconds * Math.Pow(2, (double)index / ClassesPerDoubling);

    private static int ClassOf(TimeSpan elapsed)
    {
        var doublings = Math.Log2(Math.Max(elapsed.TotalMilliseconds, ShortestMilliseconds) / ShortestMilliseconds);
        return (int)Math.Clamp(Math.Ceiling(doublings * ClassesPerDoubling), 0, Classes - 1);
    }

    private static ImmutableArray<long> Trimmed(long[] durations) =>
        [.. durations.AsSpan(0, Array.FindLastIndex(durations, static d => d > 0) + 1)];

    private sealed class Series
    {
        public readonly long[] Durations = new long[Classes];
        public long Events;
    }
}
