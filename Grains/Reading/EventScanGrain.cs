using System.Threading.Channels;
using AllData.Placement;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace AllData.Reading;

/// <summary>Runs a scan at the silo where the call comes in, a few pages ahead of whoever reads it.</summary>
// Without the directory, as PutCoordinatorGrain: a dead silo must not keep a healthy one from reading.
[PreferLocalPlacement, GrainDirectory(NoGrainDirectory.Name), Reentrant]
internal sealed class EventScanGrain(ScanServices services, ScanGate gate) : Grain, IEventScanGrain
{
    // What the merge is ahead of the reader, beside the page under way.
    private const int PagesAhead = 2;

    public async IAsyncEnumerable<ScanPage> Scan(ScanRange range)
    {
        gate.Enter();
        using var stop = new CancellationTokenSource();
        try
        {
            var pages = Channel.CreateBounded<ScanPage>(PagesAhead);

            // On the thread pool: merging in the grain's turn would make every answer wait for it.
            var merging = Task.Run(() => MergeAsync(new ClusterScan(services, range), pages.Writer, stop.Token));
            await foreach (var page in pages.Reader.ReadAllAsync())
            {
                yield return page;
            }

            await merging;
        }
        finally
        {
            await stop.CancelAsync();
            gate.Leave();
            DeactivateOnIdle();
        }
    }

    private static async Task MergeAsync(ClusterScan scan, ChannelWriter<ScanPage> pages, CancellationToken stop)
    {
        try
        {
            await foreach (var page in scan.ReadPagesAsync())
            {
                await pages.WriteAsync(page, stop);
            }

            pages.Complete();
        }
        catch (Exception e)
        {
            pages.Complete(e);
        }
    }
}
