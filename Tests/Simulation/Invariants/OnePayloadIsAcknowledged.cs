using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 6: never two events acknowledged under one key. It is promised of acknowledgements at QUORUM and ALL whose copies are there: what one
/// peer alone holds cannot be seen while that peer is silent, what lies in a region that is cut off shows when the copies meet, and what was destroyed
/// cannot be seen at all.
/// </summary>
/// <param name="invariants">Reports violations.</param>
/// <param name="quorum">Copies of a QUORUM.</param>
internal sealed class OnePayloadIsAcknowledged(InvariantSet invariants, int quorum)
{
    /// <summary>An event was acknowledged.</summary>
    /// <param name="acknowledged">The event.</param>
    /// <param name="needed">Copies that its level needed.</param>
    /// <param name="others">The other events under its key.</param>
    public void Check(EventTruth acknowledged, int needed, IEnumerable<EventTruth> others) => invariants.Require(
        "6 one payload is acknowledged",
        needed < quorum || acknowledged.Destroyed > 0 || acknowledged.IsPartial
            || !others.Any(o => o.Promised >= quorum && o.Destroyed == 0 && !o.IsPartial),
        () => $"event {acknowledged.Key} with digest {acknowledged.Digest} is acknowledged, and another was acknowledged under its key before.");
}
