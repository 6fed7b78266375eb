using AllData.Configuration;
using AllData.Peers;

namespace AllData.Remote;

/// <summary>Reaches the peers that silos of this Orleans cluster host. The only code here that knows of replica grains.</summary>
internal sealed class GrainPeerClient(IGrainFactory grains, DeadlineOptions deadlines, TimeProvider time) : IPeerClient
{
    /// <inheritdoc/>
    public PeerCapabilities Capabilities => PeerCapabilities.All;

    /// <inheritdoc/>
    public IReplica Connect(PeerId peer, string address) => address.Length == 0
        ? new GrainReplica(grains.GetReplica(peer), deadlines, time)
        : throw new FormatException($"Peer '{peer}' has the address '{address}', but a peer of this Orleans cluster is found by its name: leave it empty.");

    /// <summary>The replicas of an Orleans cluster alone.</summary>
    public static PeerReplicas OnlyGrains(IGrainFactory grains, DeadlineOptions deadlines, TimeProvider time) =>
        new(new PeerClients([new PeerClientRegistration(PeerRoute.Grain, _ => new GrainPeerClient(grains, deadlines, time))], NoServices.Instance));

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
