using AllData.Events;
using AllData.Protocol.Links;
using AllData.Puts;
using AllData.Simulation.Running;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 14: what a silo acknowledges after it has heard that another cluster has dropped its own has a durable copy in a cluster that stays, whatever the
/// level and whatever regions are owed. So nothing acknowledged is lost when the last cluster gets the document; what went before is what the drop says.
/// </summary>
internal sealed class DroppedIsElsewhere(InvariantSet invariants)
{
    /// <summary>An event is acknowledged.</summary>
    /// <param name="world">The world.</param>
    /// <param name="key">Its key.</param>
    /// <param name="answer">What is said of it.</param>
    /// <param name="leaving">What the silo has heard; null while nothing.</param>
    public void Check(World world, EventKey key, PutAnswer answer, LeavingRegions? leaving)
    {
        if (leaving is not null)
        {
            invariants.Require(
                "14 dropped is elsewhere",
                answer.Replicas.Any(replica => !leaving.Contains(world.Find(replica.Peer).Location.Region)),
                () => $"event {key} is acknowledged with copies at {string.Join(", ", answer.Replicas.Select(static r => r.Peer))}, all in {leaving}.");
        }
    }
}
