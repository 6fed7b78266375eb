using AllData.Events;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>Invariant 4: a scan that calls itself complete gives every event that was acknowledged before it began, once, in order.</summary>
internal sealed class CompleteScanIsComplete(InvariantSet invariants)
{
    private const string Name = "4 complete scans are complete";

    /// <summary>The scan has given an event.</summary>
    /// <param name="before">The event before; null at the first.</param>
    /// <param name="given">The event.</param>
    public void CheckOrder((EventKey Key, EventDigest Digest)? before, (EventKey Key, EventDigest Digest) given) => invariants.Require(
        Name, before is null || before.Value.Key < given.Key || (before.Value.Key == given.Key && before.Value.Digest != given.Digest),
        () => $"a scan gave event {given.Key} behind {before!.Value.Key}: twice, or not in order.");

    /// <summary>The scan has ended without a doubt.</summary>
    /// <param name="expected">What had been acknowledged before it began and is held intact by a registered peer.</param>
    /// <param name="given">What it gave.</param>
    /// <param name="scan">Which scan it was.</param>
    public void CheckComplete(EventTruth expected, IReadOnlySet<(EventKey, EventDigest)> given, string scan) => invariants.Require(
        Name, given.Contains((expected.Key, expected.Digest)), () =>
            $"{scan} calls itself complete and lacks event {expected.Key}, which was acknowledged before and lies on {expected.Intact} disks.");
}
