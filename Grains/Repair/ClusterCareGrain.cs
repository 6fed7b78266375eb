using AllData.Peers;
using AllData.Placement;
using AllData.Reading;
using AllData.Replication;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace AllData.Repair;

/// <summary>Answers one question at the silo where the call comes in, and is gone.</summary>
// Without the directory, as EventScanGrain: a dead silo must not keep a healthy one from answering.
[PreferLocalPlacement, GrainDirectory(NoGrainDirectory.Name), Reentrant]
internal sealed class ClusterCareGrain(CareServices services, ScanGate gate) : Grain, IClusterCareGrain
{
    public IAsyncEnumerable<AuditPage> Audit(AuditRange range) => Once(stop => services.CreateAudit().RunAsync(range, stop));

    public IAsyncEnumerable<DepartureCheck> CheckDeparture(PeerId peer) => Once(stop => services.CreateAudit().CheckDepartureAsync(peer, stop));

    // An audit takes of the silo what a scan does, and is bounded with them; readers that fill the gate must not hide it from the operator.
    private async IAsyncEnumerable<T> Once<T>(Func<CancellationToken, IAsyncEnumerable<T>> run)
    {
        try
        {
            await foreach (var page in new ScanAhead(gate, services.Scans.Time, forCare: true).ReadAsync(run))
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
