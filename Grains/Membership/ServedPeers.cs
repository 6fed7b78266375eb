using AllData.Peers;
using AllData.Remote.Http.Serving;

namespace AllData.Membership;

/// <summary>What the peer protocol serves: the peers that this silo knows to be registered in its cluster.</summary>
internal sealed class ServedPeers(HostedPeer hostedPeer, TopologyCache topologies) : IPeerHost
{
    /// <inheritdoc/>
    public Guid? Store => hostedPeer.StoreId is var id && id != Guid.Empty ? id : null;

    /// <inheritdoc/>
    public bool? IsRegistered(PeerId peer) =>
        topologies.Own is { Version: > 0 } own ? own.Peers.Any(p => p.Id == peer && !p.IsPutOnly) : null;
}
