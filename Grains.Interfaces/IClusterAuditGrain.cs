using AllData.Copies;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData;

/// <summary>Counts copies in the whole cluster, for operators, from the data. Runs at the silo where the call comes in.</summary>
[Alias("AllData.IClusterCareGrain")]
public interface IClusterAuditGrain : IGrainWithGuidKey
{
    /// <summary>Counts the copies of all blocks of a range, window by window; the last page is marked.</summary>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    [Alias("Audit")]
    IAsyncEnumerable<AuditPage> Audit(AuditRange range);

    /// <summary>
    /// Counts, window by window, which copies would be left without a peer: of what the peer holds, or, if it does not answer, of everything that has
    /// too few copies. Each page holds the sums so far; the last one is marked.
    /// </summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    [Alias("CheckDeparture")]
    IAsyncEnumerable<DepartureCheck> CheckDeparture(PeerId peer);

    /// <summary>
    /// Counts, window by window, what only a region holds, or may hold. Each page has the sums so far; the last one is marked. It decides nothing: a region
    /// is dropped by the next version of the federation document.
    /// </summary>
    /// <exception cref="RegionRefusedException">It cannot be dropped, whatever it holds.</exception>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    [Alias("CheckRegion")]
    IAsyncEnumerable<RegionCheck> CheckRegion(string region);

    /// <summary>
    /// Asks every storing peer of the store, those of its other clusters included, which events it holds under a key. It waits at most five seconds for
    /// each, and asks 32 at a time.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    [Alias("FindCopies")]
    Task<FoundCopies> FindCopies(EventKey key);
}
