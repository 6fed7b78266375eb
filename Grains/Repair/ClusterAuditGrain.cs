using AllData.Copies;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Reading;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace AllData.Repair;

/// <summary>Answers one question at the silo where the call comes in, and is gone.</summary>
// Without the directory, as EventScanGrain: a dead silo must not keep a healthy one from answering.
// Kept alive: Orleans plans the end of idle activations by the wall clock, and refuses every new one after that was set back.
// Under the name that silos of earlier versions use.
[GrainType("clustercare"), PreferLocalPlacement, KeepAlive, GrainDirectory(NoGrainDirectory.Name), Reentrant]
internal sealed partial class ClusterAuditGrain(AuditServices services, ScanGate gate, ILogger<ClusterAuditGrain> logger)
    : Grain, IClusterAuditGrain, IContractGrain
{
    private static readonly TimeSpan RegistryTimeout = TimeSpan.FromSeconds(5);

    public IAsyncEnumerable<AuditPage> Audit(AuditRange range) => Once(stop => services.CreateAudit().RunAsync(range, stop));

    public async IAsyncEnumerable<DepartureCheck> CheckDeparture(PeerId peer)
    {
        var began = services.Scans.Time.GetTimestamp();
        await foreach (var check in Once(stop => services.CreateAudit().CheckDepartureAsync(peer, stop)))
        {
            if (check.IsEnded)
            {
                await ReportAsync(peer, check, services.Scans.Time.GetElapsedTime(began));
            }

            yield return check;
        }
    }

    public IAsyncEnumerable<RegionCheck> CheckRegion(string region) => Once(stop => services.CreateRegionAudit(region).RunAsync(stop));

    public async Task<FoundCopies> FindCopies(EventKey key)
    {
        try
        {
            return await new CopyFinder(services.Scans).FindAsync(key);
        }
        finally
        {
            DeactivateOnIdle();
        }
    }

    // The registry decides on a departure by these counts. If the report does not reach it, it counts again.
    private async Task ReportAsync(PeerId peer, DepartureCheck check, TimeSpan took)
    {
        try
        {
            var registry = GrainFactory.GetGrain<IDepartureRegistry>(GrainFactory.GetPeerRegistry().GetPrimaryKeyString());
            await registry.Report(peer, check, took).WaitAsync(RegistryTimeout, services.Scans.Time);
        }
        catch (Exception e)
        {
            LogNotReported(e, peer);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The registry did not receive the count for the departure of peer {Peer}; it counts again when the peer is dropped")]
    private partial void LogNotReported(Exception failure, PeerId peer);

    // An audit costs the silo as much as a scan, and is bounded with them; but readers that fill the gate must not keep the operator from auditing.
    private async IAsyncEnumerable<T> Once<T>(Func<CancellationToken, IAsyncEnumerable<T>> run)
    {
        try
        {
            await foreach (var page in new ScanAhead(gate, services.Scans.Time, forOperator: true).ReadAsync(run))
            {
                yield return page;
            }
        }
        finally
        {
            DeactivateOnIdle();
        }
    }
}
