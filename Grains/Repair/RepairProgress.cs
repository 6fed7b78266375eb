using System.Collections.Immutable;
using AllData.Reports;

namespace AllData.Repair;

/// <summary>The state of a peer's repair after its last round.</summary>
/// <param name="IsCaughtUp">Whether everything was compared with every other peer and no copy is known to be missing.</param>
/// <param name="MissingCopies">The copies that this peer is known to be missing.</param>
/// <param name="Peers">Its comparisons.</param>
internal sealed record RepairProgress(bool IsCaughtUp, MissingCopies MissingCopies, ImmutableArray<ComparisonReport> Peers)
{
    /// <summary>Up to when the other clusters of the store hold what they are responsible for of this peer's blocks.</summary>
    public ImmutableArray<ClusterWatermark> Watermarks { get; init; } = [];

    /// <summary>Before the first round.</summary>
    public static RepairProgress Unknown { get; } = new(false, default, []);

    /// <summary>Sums the comparisons up.</summary>
    public static RepairProgress Of(IEnumerable<PeerComparison> comparisons, bool isCaughtUp)
    {
        // Several peers hold the same blocks: the largest number missing from one of them is the certain minimum.
        var debts = comparisons.Select(static c => c.MissingCopies).OrderByDescending(static d => d.Blocks);
        return new RepairProgress(
            isCaughtUp,
            debts.FirstOrDefault(),
            [
                .. comparisons.Select(static c =>
                    new ComparisonReport(c.Other, c.IsCaughtUp, c.WaitingMinutes, c.MissingCopies.Blocks, c.Problem, c.FetchedBytes)),
            ]);
    }
}
