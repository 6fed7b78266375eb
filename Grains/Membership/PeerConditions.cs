using AllData.Diagnostics;
using AllData.Peers;

namespace AllData.Membership;

/// <summary>Conditions of the peer that this silo hosts: whether it may act as its peer, and whether the peer is registered at all.</summary>
internal sealed class PeerConditions(HostedPeer hostedPeer, TopologyCache topologies) : IConditionSource
{
    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (hostedPeer.Refusal is { } refusal)
            {
                yield return new SiloCondition("not-accepted", StopsPuts: true, refusal);
            }
            else if (topologies.Own is { Version: > 0 } own && own.Peers.All(p => p.Id != hostedPeer.Id))
            {
                yield return new SiloCondition("dropped", StopsPuts: false,
                    $"Peer '{hostedPeer.Id}' was dropped: it gets no copies, and no read counts on what it holds. Stop this silo. To take the peer back "
                        + "into use, "
                    + $"register it again ({nameof(IPeerRegistryGrain)}.{nameof(IPeerRegistryGrain.AddPeer)}).");
            }
        }
    }
}
