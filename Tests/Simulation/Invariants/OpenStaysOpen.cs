using AllData.Intervals;
using AllData.Peers;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 9: whatever the clocks show, no replica closes an interval that is open in truth, and no silo whose clock is right, and which most of
/// those that it has asked bear out, refuses keys for its clock.
/// </summary>
internal sealed class OpenStaysOpen(InvariantSet invariants)
{
    private const string Name = "9 what is open stays open";

    /// <summary>A replica has closed an interval.</summary>
    public void OnClosed(PeerId peer, Interval interval, DateTimeOffset now) => invariants.Require(
        Name, interval.Next.EndUnixMilliseconds <= now.ToUnixTimeMilliseconds(), () => $"{peer} has closed interval {interval}, and it is {now:u}.");

    /// <summary>A coordinator has refused to issue keys because its clock and the others' differ.</summary>
    public void OnKeysRefused(PeerId peer, string reason, bool isSure) => invariants.Require(
        Name, !isSure, () => $"{peer}, whose clock is right, issues no keys: {reason}");
}
