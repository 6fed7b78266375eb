using AllData.Coordination;
using AllData.Errors;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>The shipped pool of copysets, with a planted bug before it.</summary>
internal sealed class SimulatedCopysets(ICopysets copysets, WorldSettings settings) : ICopysets
{
    /// <inheritdoc/>
    public Random Random => copysets.Random;

    /// <inheritdoc/>
    public PlacedCopyset Next(Topology topology) =>
        settings.Bug == PlantedBug.RefuseWhileOneIsAway && topology.ActivePeers < settings.Policy.ReplicationFactor
            ? throw new NotEnoughPeersException("Fewer are active.", settings.Policy.ReplicationFactor, topology.ActivePeers)
            : copysets.Next(topology);
}
