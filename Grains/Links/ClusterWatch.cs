using AllData.Configuration;
using AllData.Errors;
using AllData.Membership;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Remote.Http.Messages;
using AllData.Reports;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace AllData.Links;

/// <summary>
/// Asks each other cluster of the store all the time what it says of itself. So this silo knows the cluster's peers, and from the answers whether the link to
/// it carries puts: a put looks at that and asks no other cluster anything.
/// </summary>
internal sealed partial class ClusterWatch(
    ConfiguredFederation federation, ClusterLinks links, SnapshotIntake intake, IClusterCallers callers, TopologyCache topologies, ICoordinatingPeer peer,
    LinkInstruments instruments, TimeProvider time, ILogger<ClusterWatch> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Between an answer and the next question.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (links.All.IsEmpty)
        {
            return;
        }

        // The data directory is open by then, and the own topology recalled.
        lifecycle.Subscribe<ClusterWatch>(ServiceLifecycleStage.RuntimeServices, RecallAsync);
        lifecycle.Subscribe<ClusterWatch>(ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    internal Task StartAsync(CancellationToken cancellationToken)
    {
        instruments.Show(() => links.Reports);
        _running = Task.WhenAll(links.All.Select(link => Task.Run(() => RunAsync(link), CancellationToken.None)));
        return Task.CompletedTask;
    }

    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task RecallAsync(CancellationToken cancellationToken)
    {
        intake.Recall();
        return Task.CompletedTask;
    }

    private async Task RunAsync(ClusterLink link)
    {
        try
        {
            var caller = callers.Of(link.Cluster);
            while (true)
            {
                await AskAsync(caller, link);
                await Task.Delay(Period, time, _stopping.Token);
            }
        }
        catch (FormatException e)
        {
            // As a cluster that never answers: this silo has no certificate for its addresses.
            OnMissed(link, e);
            intake.Refuse(link, SnapshotIntake.WhyUnreachable(link, e));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    internal async Task AskAsync(IClusterCaller caller, ClusterLink link)
    {
        // A new directory learns its store from its own registry.
        if (peer.StoreId == Guid.Empty)
        {
            return;
        }

        try
        {
            intake.Settle();
            var sent = time.GetTimestamp();
            var report = await AskInTimeAsync(caller, link);
            var took = time.GetElapsedTime(sent);
            if (report is not null)
            {
                intake.Take(link, report);
            }

            OnAnswer(link, took);
        }
        catch (ClusterDroppedException e)
        {
            intake.Drop(link, e);
            if (link.OnMissed(e.Message))
            {
                topologies.OnMembershipChanged();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            // Whatever it is, the loop goes on: a link that is watched no more would stay up.
            OnMissed(link, e);
        }
    }

    /// <summary>The answer; null where that silo has too much to do to say more than that it is there.</summary>
    private async Task<ClusterReport?> AskInTimeAsync(IClusterCaller caller, ClusterLink link)
    {
        try
        {
            return await caller.AskAsync(link.AskFrom(federation.Own!), link.Deadline, _stopping.Token);
        }
        catch (OverloadedException)
        {
            return null;
        }
    }

    private void OnAnswer(ClusterLink link, TimeSpan took)
    {
        if (link.OnAnswer(took))
        {
            OnStateChanged(link, reason: "");
        }
    }

    private void OnMissed(ClusterLink link, Exception failure)
    {
        var isFirst = !link.IsTried;
        LogMissed(link.Cluster, failure);
        instruments.OnMissed(link.Cluster.Name);
        if (link.OnMissed(failure.Message))
        {
            OnStateChanged(link, failure.Message);
        }
        else if (isFirst)
        {
            LogState(link, failure.Message);
        }

        if (failure is OtherStoreException or InvalidValueException or PeerProtocolException)
        {
            // It is there, and does not want to talk to this cluster: an operator must do something.
            intake.Refuse(link, failure.Message);
        }
    }

    private void OnStateChanged(ClusterLink link, string reason)
    {
        topologies.OnMembershipChanged();
        LogState(link, reason);
    }

    private void LogState(ClusterLink link, string reason)
    {
        switch (link.State)
        {
            case LinkState.Up:
                LogUp(link.Cluster);
                break;
            case LinkState.Doubtful:
                LogDoubtful(link.Cluster, reason);
                break;
            case LinkState.CutOff:
                LogCutOff(link.Cluster, string.Join(", ", link.Cluster.Regions), reason);
                break;
            case LinkState.Healing:
                LogHealing(link.Cluster);
                break;
        }
    }
}
