using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Simulation.Running;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 8: a put is refused for too few peers only where fewer are registered than replicas requested, or where those that take copies cannot
/// reach its level.
/// </summary>
internal sealed class PossiblePutsAreTaken(InvariantSet invariants, WorldSettings settings)
{
    private const string Name = "8 possible puts are taken";

    /// <summary>A coordinator has planned a put.</summary>
    /// <param name="live">What it planned with.</param>
    /// <param name="requirement">When the put is committed.</param>
    /// <param name="isRefused">Whether it refused the put for too few peers.</param>
    public void Check(LiveTopology live, CommitRequirement requirement, bool isRefused) => invariants.Require(
        Name, !isRefused || !IsPossible(live, requirement), () =>
            $"a put that needs {requirement} was refused although {live.Topology.Snapshot.Peers.Length} peers are registered and enough of them take copies.");

    private bool IsPossible(LiveTopology live, CommitRequirement requirement)
    {
        var storing = live.Topology.Snapshot.Peers.Where(static p => p.Stores).ToList();
        var taking = storing.FindAll(p => p.Status == PeerStatus.Active && live.IsHosted(live.Topology.IndexOf(p.Id)));
        return (storing.Count >= settings.Policy.ReplicationFactor || settings.Policy.AllowUnderReplicated)
            && taking.Count >= requirement.Needed
            && taking.Select(static p => p.Location).Distinct().Count() >= requirement.Spread.Zones
            && taking.Select(static p => p.Location.Region).Distinct().Count() >= requirement.Spread.Regions;
    }
}
