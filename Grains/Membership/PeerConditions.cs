using AllData.Diagnostics;
using AllData.Peers;

namespace AllData.Membership;

/// <summary>Conditions of the peer that this silo hosts: whether it may act as its peer, and whether what it holds is whole.</summary>
internal sealed class PeerConditions(HostedPeer hostedPeer) : IConditionSource
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

            if (hostedPeer.Store is { } store && (store.DamagedIntervals, store.DamagedEntries.Length) is var (intervals, blocks) && intervals + blocks > 0)
            {
                yield return new SiloCondition("damaged", StopsPuts: false,
                    $"Peer '{hostedPeer.Id}' holds {intervals:N0} damaged intervals and {blocks:N0} damaged blocks; repair fetches them from other peers that "
                    + $"hold copies. See what is damaged with 'alldata scrub --peer {hostedPeer.Id}'.");
            }
        }
    }
}
