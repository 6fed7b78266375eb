using System.Collections.Immutable;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>What there is to export.</summary>
/// <param name="Units">By time.</param>
/// <param name="Silent">Peers that did not say which intervals they hold.</param>
/// <param name="MayLackIntervals">Whether one of them may hold an interval that is not among the units.</param>
internal sealed record ExportPlan(ImmutableArray<ExportUnit> Units, ImmutableArray<SilentPeer> Silent, bool MayLackIntervals)
{
    /// <summary>About how many events there are.</summary>
    public long EstimatedEvents => Units.Sum(static u => u.EstimatedEvents);

    /// <summary>Plans one interval, held by a peer or not, or those of a range that some peer holds.</summary>
    /// <param name="replies">What the peers hold.</param>
    /// <param name="interval">The one interval; null: those of the range.</param>
    /// <param name="range">The range.</param>
    /// <param name="now">The time.</param>
    /// <param name="certified">Intervals that belong to it whatever the peers hold, because they are certified.</param>
    public static ExportPlan Of(
        PeerReplies<ImmutableArray<StoredInterval>> replies, Interval? interval, ScanRange range, DateTimeOffset now,
        params IEnumerable<Interval> certified)
    {
        var held = IntervalSummary.Gather(replies);
        IEnumerable<Interval> wanted = interval is { } one ? [one] : held.Select(static s => s.Interval).Concat(certified).Distinct().Order();
        return new ExportPlan(
            [
                .. wanted.Select(i => ExportUnit.Of(i, held.FirstOrDefault(s => s.Interval == i), replies.Silent.IsEmpty, range, now))
                    .OfType<ExportUnit>(),
            ],
            replies.Silent,
            interval is null && !replies.Silent.IsEmpty);
    }
}
