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
    public static ExportPlan Of(PeerReplies<ImmutableArray<StoredInterval>> replies, Interval? interval, ScanRange range, DateTimeOffset now)
    {
        var held = IntervalSummary.Gather(replies);
        var wanted = interval is { } one ? [one] : held.Select(static s => s.Interval);
        return new ExportPlan(
            [
                .. wanted.Select(i => ExportUnit.Of(i, held.FirstOrDefault(s => s.Interval == i), replies.Silent.IsEmpty, range, now))
                    .OfType<ExportUnit>(),
            ],
            replies.Silent,
            interval is null && !replies.Silent.IsEmpty);
    }
}
