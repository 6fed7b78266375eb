using AllData.Errors;
using Orleans.Runtime.Placement;

namespace AllData.Placement;

/// <summary>Finds the silo of the peer that a grain key names, or refuses: another silo has another disk.</summary>
internal sealed class PinnedToPeerDirector(HostingSilos silos) : IPlacementDirector
{
    /// <inheritdoc/>
    /// <exception cref="PeerNotHostedException">No active silo hosts the peer. It reaches the caller as it is, at once.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var peer = GrainFactoryExtensions.ParseReplicaKey(target.GrainIdentity.Key.ToString()!);
        return silos.TryFind(peer, out var silo)
            ? Task.FromResult(silo)
            : Task.FromException<SiloAddress>(new PeerNotHostedException(peer));
    }
}
