using System.Collections.Immutable;
using AllData.Reports;

namespace AllData.Repair;

/// <summary>How a peer's repair stands, as of its last round.</summary>
/// <param name="IsCaughtUp">Whether everything was compared with every other peer and nothing is known to be lacking.</param>
/// <param name="MissingCopies">What this peer is known to lack.</param>
/// <param name="Peers">Its comparisons.</param>
internal sealed record RepairProgress(bool IsCaughtUp, MissingCopies MissingCopies, ImmutableArray<ComparisonReport> Peers)
{
    /// <summary>Before the first round.</summary>
    public static RepairProgress Unknown { get; } = new(false, default, []);

    /// <summary>Sums the comparisons up.</summary>
    public static RepairProgress Of(IEnumerable<PeerComparison> comparisons, bool isCaughtUp)
    {
        // Several peers hold the same blocks: the largest debt to one of them is what is surely lacking.
        var debts = comparisons.Select(static c => c.MissingCopies).OrderByDescending(static d => d.Blocks);
        return new RepairProgress(
            isCaughtUp,
            debts.FirstOrDefault(),
            [.. comparisons.Select(static c => new ComparisonReport(c.Other, c.IsCaughtUp, c.WaitingMinutes, c.MissingCopies.Blocks, c.Problem))]);
    }
}
