using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Placement;
using AllData.Security;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace AllData.Reading;

/// <summary>Runs a scan at the silo where the call comes in.</summary>
// Without the directory, as PutCoordinatorGrain: a dead silo must not keep a healthy one from reading.
// Kept alive: Orleans plans the end of idle activations by the wall clock, and refuses every new one after that was set back.
[PreferLocalPlacement, KeepAlive, GrainDirectory(NoGrainDirectory.Name), Reentrant]
internal sealed class EventScanGrain(ScanServices services, ScanGate gate, ScanShares shares, StoreIdentity identity, IOptions<AllDataOptions> options)
    : Grain, IEventScanGrain, IContractGrain
{
    public async IAsyncEnumerable<ScanPage> Scan(ScanRange range)
    {
        try
        {
            var (caller, isOperator) = CallerMark.Take();
            using var share = caller is null ? null : shares.Enter(caller);
            var ahead = new ScanAhead(gate, services.Time, isOperator, options.Value.Limits.ScanMinBytesPerSecond);
            await foreach (var page in ahead.ReadAsync(stop => new ClusterScan(services, range).ReadPagesAsync(stop), static page => page.Records.Length))
            {
                yield return page.From(identity.Id);
            }
        }
        finally
        {
            DeactivateOnIdle();
        }
    }
}
