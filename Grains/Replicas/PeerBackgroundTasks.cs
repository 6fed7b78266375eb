using AllData.Diagnostics;
using AllData.Membership;
using AllData.Repair;
using Microsoft.Extensions.Logging;

namespace AllData.Replicas;

/// <summary>Runs a peer's background work on its data, while its silo is active.</summary>
internal sealed partial class PeerBackgroundTasks(
    HostedPeer hostedPeer, IntervalCloser keeper, Scrubber scrubber, RepairLoop repair, AllDataMetrics metrics, ILogger<PeerBackgroundTasks> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe<PeerBackgroundTasks>(ServiceLifecycleStage.Active, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        ShowStored();
        _running = Task.WhenAll(
            GuardAsync(keeper.RunAsync, nameof(IntervalCloser)),
            GuardAsync(scrubber.RunAsync, nameof(Scrubber)),
            GuardAsync(repair.RunAsync, nameof(RepairLoop)));
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void ShowStored()
    {
        metrics.ShowStored("blocks", "{block}", "Blocks held, damaged ones included.", () => hostedPeer.Store?.Statistics.Blocks);
        metrics.ShowStored("events", "{event}", "Events held.", () => hostedPeer.Store?.Statistics.Events);
        metrics.ShowStored("bytes", "By", "Bytes on disk.", () => hostedPeer.Store?.Statistics.Bytes);
        metrics.ShowStored("waiting_bytes", "By", "Bytes that wait to be written.", () => hostedPeer.Store?.Statistics.WaitingBytes);
        metrics.ShowStored("damaged_blocks", "{block}", "Times that a block was found damaged.", () => hostedPeer.Store?.Statistics.DamagedBlocks);
        metrics.ShowRepair(
            "missing_blocks", "{block}", "Blocks that this peer is responsible for and known to be missing.", () => repair.Progress.MissingCopies.Blocks);
        metrics.ShowRepair("missing_events", "{event}", "Events in them.", () => repair.Progress.MissingCopies.Events);
        metrics.ShowRepair("waiting_minutes", "{minute}", "Minutes that wait to be compared with other peers.", () =>
            repair.Progress.Peers.Sum(p => p.WaitingMinutes));
        metrics.ShowStored(
            "damaged_intervals", "{interval}", "Intervals that may hold less than was promised.", () => hostedPeer.Store?.Statistics.DamagedIntervals);
    }

    private Task GuardAsync(Func<CancellationToken, Task> run, string name) => Task.Run(async () =>
    {
        try
        {
            await run(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The silo stops.
        }
        catch (Exception e)
        {
            LogEnded(e, name);
        }
    });

    [LoggerMessage(LogLevel.Error, "{Name} ended unexpectedly; it runs again after a restart of the silo")]
    private partial void LogEnded(Exception failure, string name);
}
