using AllData.Repair;
using Microsoft.Extensions.Logging;

namespace AllData.Replicas;

/// <summary>Runs a peer's background work on its data, while its silo is active.</summary>
internal sealed partial class PeerBackgroundTasks(
    IntervalCloser keeper, Scrubber scrubber, RepairLoop repair, ILogger<PeerBackgroundTasks> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe<PeerBackgroundTasks>(ServiceLifecycleStage.Active, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
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
