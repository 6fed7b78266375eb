using AllData.Errors;
using AllData.Peers;
using AllData.Replication;

namespace AllData;

/// <summary>Looks after the cluster as a whole, for operators: counts copies, from the data. Runs at the silo where the call comes in.</summary>
[Alias("AllData.IClusterCareGrain")]
public interface IClusterAuditGrain : IGrainWithGuidKey
{
    /// <summary>Counts the copies of all blocks of a range, window by window; the last page says so.</summary>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    [Alias("Audit")]
    IAsyncEnumerable<AuditPage> Audit(AuditRange range);

    /// <summary>
    /// Counts which copies would be left without a peer, window by window: of what it holds, or, where it does not answer, of everything that has
    /// too few copies. Each page holds the sums so far; the last one says so.
    /// </summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    [Alias("CheckDeparture")]
    IAsyncEnumerable<DepartureCheck> CheckDeparture(PeerId peer);
}
