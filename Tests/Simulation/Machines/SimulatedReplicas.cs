using AllData.Peers;
using AllData.Remote;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>The way from one silo to the others' replicas over the simulated network.</summary>
internal sealed class SimulatedReplicas(World world, SimulatedSilo caller) : IReplicas
{
    /// <inheritdoc/>
    public IReplica Of(PeerId peer) => new RemoteReplica(world, caller, world.Find(peer));

    /// <inheritdoc/>
    public CallFailure FailureOf(Exception thrown) => thrown switch
    {
        TimeoutException => CallFailure.Silent,
        UnreachableException => CallFailure.Unreachable,
        _ => CallFailure.Failed,
    };
}
