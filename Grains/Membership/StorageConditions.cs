using AllData.Diagnostics;
using AllData.Peers;

namespace AllData.Membership;

/// <summary>What an operator must know of this silo's disk: a damaged lease, and intervals that may hold less than was answered.</summary>
internal sealed class StorageConditions(HostedPeer peer) : IConditionSource
{
    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (peer.LeaseDamage is { } damage)
            {
                yield return new SiloCondition("key-lease-damaged", StopsPuts: false, damage);
            }

            if (peer.Store?.Statistics.DamagedIntervals is > 0 and var intervals)
            {
                yield return new SiloCondition(
                    "storage-damaged",
                    StopsPuts: false,
                    $"{intervals} interval(s) of peer '{peer.Id}' are damaged or may hold less than was answered; 'alldata intervals' says which. "
                    + "Repair fetches what other peers hold. What has one copy only is lost where it is not read from a backup: check this disk.");
            }

            if (peer.Store is { DamagedEntries: { Length: > 0 } entries })
            {
                yield return new SiloCondition(
                    "blocks-damaged",
                    StopsPuts: false,
                    $"Peer '{peer.Id}' holds {entries.Length:N0} damaged blocks; repair fetches them from other peers that hold copies. See them with "
                        + $"'alldata scrub --peer {peer.Id}'.");
            }
        }
    }
}
