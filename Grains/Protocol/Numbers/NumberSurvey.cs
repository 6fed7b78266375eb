using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Protocol.Numbers;

/// <summary>
/// Compares the numbers that coordinators have given to the blocks of an interval with the blocks that are held of it. A number that is neither held nor
/// explained may be an acknowledged block whose holders are all gone: nothing else shows such a loss.
/// </summary>
/// <param name="Coordinators">Each incarnation of each directory that has numbered blocks of the interval, as far as is known; ascending.</param>
/// <param name="Unanswered">Ordinals that should have reported and have not, ascending: what they have issued is not known.</param>
/// <param name="Unnumbered">Held blocks from before blocks were numbered: whether others of their kind are lost cannot be known.</param>
internal sealed record NumberSurvey(ImmutableArray<CoordinatorNumbers> Coordinators, ImmutableArray<int> Unanswered, int Unnumbered)
{
    /// <summary>Whether every number is held or explained, and everything that can be known is.</summary>
    public bool IsWhole => Unanswered.IsEmpty && Unnumbered == 0 && Coordinators.All(static one => one.IsWhole);

    /// <summary>Compares.</summary>
    /// <param name="expected">The ordinals of the directories of all registered peers, storing or not.</param>
    /// <param name="answered">
    /// Those of them that have answered. One that has reported nothing of its own has not: its silo has another directory open, and a directory always knows
    /// its present incarnation.
    /// </param>
    /// <param name="reports">What they have reported, taken after every peer had closed the interval.</param>
    /// <param name="held">The blocks that all peers hold, listed after that.</param>
    public static NumberSurvey Of(IEnumerable<int> expected, IEnumerable<int> answered, IEnumerable<NumberReport> reports, HeldNumbers held)
    {
        var reported = reports.ToDictionary(static report => (report.Ordinal, report.Incarnation));
        var stale = FindStale(reported.Keys, held);
        var incarnations = reported.Keys.Union(held.Incarnations).Order();
        return new NumberSurvey(
            [
                .. incarnations.Select(one => Compare(one, reported.GetValueOrDefault(one), held.Of(one.Ordinal, one.Incarnation), stale))
                    .Where(static one => one.End > 0),
            ],
            [.. expected.Except(answered.Intersect(reported.Keys.Select(static one => one.Ordinal))).Order()],
            held.Unnumbered);
    }

    private static CoordinatorNumbers Compare((int Ordinal, int Incarnation) id, NumberReport? report, NumberRanges held, HashSet<int> stale)
    {
        var end = Math.Max(held.End, report is null ? 0 : Math.Max(report.Issued, report.Settled));
        var unheld = NumberRanges.Between(0, end).Except(held);
        var numbers = new CoordinatorNumbers(id.Ordinal, id.Incarnation, end, report is not null && KnowsItsEnd(report, held.End, stale.Contains(id.Ordinal)));
        if (report is null)
        {
            return numbers with { Missing = unheld };
        }

        var unknown = unheld.Except(report.Abandoned);
        var open = OpenOf(report, held.End, stale.Contains(id.Ordinal)).Intersect(unknown);
        var isRunning = report is { Issued: >= 0, Ended: false };
        return numbers with
        {
            Abandoned = report.Abandoned.Except(held),
            WronglyAbandoned = report.Abandoned.Intersect(held),
            UnderWay = isRunning ? open : NumberRanges.None,
            InFlightAtCrash = isRunning ? NumberRanges.None : open,
            Missing = unknown.Except(open),
        };
    }

    /// <summary>The numbers whose puts may not have ended, by the report.</summary>
    private static NumberRanges OpenOf(NumberReport report, long heldEnd, bool isStale)
    {
        if (report.Issued >= 0)
        {
            return report.UnderWay.Union(NumberRanges.Between(report.Settled, report.Issued));
        }

        return KnowsItsEnd(report, heldEnd, isStale) ? report.UnderWay.Union(NumberRanges.Between(report.Settled, heldEnd)) : NumberRanges.None;
    }

    // A coordinator that went on far beyond its last mark has not died there: its directory was put back from a backup, or could not be written to.
    private static bool KnowsItsEnd(NumberReport report, long heldEnd, bool isStale) => report.Issued >= 0
        ? heldEnd <= report.Issued
        : !isStale && heldEnd <= report.Settled + IntervalNumbers.Window;

    /// <summary>
    /// Directories that do not know of a later incarnation of theirs: they were put back from a backup. What they say was under way may have ended since.
    /// </summary>
    private static HashSet<int> FindStale(IReadOnlyCollection<(int Ordinal, int Incarnation)> reported, HeldNumbers held)
    {
        var first = reported.GroupBy(static one => one.Ordinal).ToDictionary(static of => of.Key, static of => of.Min(static one => one.Incarnation));
        return [.. held.Incarnations
            .Where(one => !reported.Contains(one) && first.TryGetValue(one.Ordinal, out var earliest) && one.Incarnation > earliest)
            .Select(static one => one.Ordinal)];
    }
}
