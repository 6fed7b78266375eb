using AllData.Peers;
using AllData.Remote;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Links;

/// <summary>Carries calls to peers over the simulated network: those of the own cluster, and over a link those of another one.</summary>
internal sealed class SimulatedPeerClient(World world, SimulatedSilo caller) : IPeerClient
{
    /// <inheritdoc/>
    public PeerCapabilities Capabilities => PeerCapabilities.All;

    /// <summary>The way to the peers of the whole store, for the shipped class that chooses it by a peer's route.</summary>
    public static PeerReplicas ReplicasFor(World world, SimulatedSilo caller)
    {
        var client = new SimulatedPeerClient(world, caller);
        return new PeerReplicas(new PeerClients(
            [new PeerClientRegistration(PeerRoute.Grain, _ => client), new PeerClientRegistration(PeerRoute.Http, _ => client)], NoServices.Instance));
    }

    /// <inheritdoc/>
    public IReplica Connect(PeerId peer, string address) => new RemoteReplica(world, caller, world.Find(peer));

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}
