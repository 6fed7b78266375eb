using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 1: nothing acknowledged is gone while fewer copies than its level needs were destroyed. In its strong form: the copies that are
/// there and those that a fault has destroyed are at every moment as many as the level needed.
/// </summary>
internal sealed class AcknowledgedIsKept(InvariantSet invariants)
{
    /// <summary>Looks at one event.</summary>
    public void Check(EventTruth truth) => invariants.Require("1 acknowledged is kept", !truth.IsBroken, () =>
        $"event {truth.Key} was acknowledged with {truth.Promised} durable copies; {truth.Intact} are there and {truth.Destroyed} were destroyed.");
}
