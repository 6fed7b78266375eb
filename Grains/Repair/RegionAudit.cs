using System.Runtime.CompilerServices;
using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Reading;
using AllData.Remote;

namespace AllData.Repair;

/// <summary>Counts what only the peers of a region hold, and says why they may hold more.</summary>
/// <param name="services">What reading uses.</param>
/// <param name="census">Counts the copies.</param>
/// <param name="links">What the other clusters say of the federation document.</param>
/// <param name="document">The federation document in use.</param>
/// <param name="cluster">The cluster that covers the region.</param>
/// <param name="region">The region.</param>
internal sealed class RegionAudit(
    ScanServices services, CopyCensus census, IRegionLinks links, FederationDocument document, FederationCluster cluster, string region)
{
    /// <summary>Counts, window by window.</summary>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    public async IAsyncEnumerable<RegionCheck> RunAsync([EnumeratorCancellation] CancellationToken stop)
    {
        var tally = new DepartureTally(IsOfRegion);
        var now = UnixMinute.Of(services.Time.GetUtcNow());
        var end = now + RepairAgenda.MinutesAhead;
        var isConfirmed = await ConfirmAsync();
        for (var from = UnixMinute.First; from < end;)
        {
            stop.ThrowIfCancellationRequested();
            var window = await census.TakeAsync(from, end, stop);
            tally.Add(window);
            from = window.ToMinute;

            // One that joined meanwhile takes copies, and that is said.
            isConfirmed &= from < end || await ConfirmAsync();
            yield return Describe(tally, tally.ToCheck(now, isEnded: from >= end)) with { IsConfirmed = isConfirmed };
        }
    }

    // As a scan does: a peer that is not known cannot be silent. Without the own registry it is not known what the others have said.
    private async Task<bool> ConfirmAsync() =>
        (await services.LearnTopologyAsync()).All(doubt => doubt.Cluster is { } doubtful && doubtful != cluster.Name);

    private RegionCheck Describe(DepartureTally tally, DepartureCheck check)
    {
        var peers = services.Topologies.Current.Topology.Snapshot.Peers.Where(p => p.Stores && IsOfRegion(p)).ToList();
        return new RegionCheck
        {
            Region = region,
            Cluster = cluster.Name,
            Check = check,
            OnlyThereBlocks = tally.LostBlocks,
            OnlyThereEvents = tally.LostEvents,
            Peers = [.. peers.Select(static p => p.Id)],
            Active = [.. peers.Where(Topology.IsActive).Select(static p => p.Id)],
            IsKnown = services.Topologies.Unheard.All(unheard => unheard.Number != cluster.Number),
            Store = document.Store,
            DocumentVersion = document.Version,
            DocumentDigest = document.Digest,
            NewestVersion = services.Topologies.Own.Peers.Select(static p => p.DocumentVersion).Append(document.Version).Append(links.NewestDocument).Max(),
        };
    }

    private bool IsOfRegion(PeerDescriptor peer) => peer.Location.Region == region;
}
