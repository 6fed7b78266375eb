using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// Asks silent peers, when the time of their avoidance is over, whether they are back, so that no block has to find it out. One question a peer
/// at a time; should this end for a bug, <see cref="PeerHealth"/> lets blocks find it out.
/// </summary>
internal sealed partial class SilentPeers(
    IGrainFactory grains,
    HostingSilos silos,
    PeerHealth health,
    AllDataMetrics metrics,
    IOptions<AllDataOptions> options,
    TimeProvider time,
    ILogger<SilentPeers> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _deadline = options.Value.Deadlines.Replica;
    private ITimer? _timer;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe<SilentPeers>(ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>Asks those whose time is over.</summary>
    /// <returns>When all have answered or passed the replica deadline.</returns>
    internal Task ProbeDueAsync()
    {
        var due = health.TakeDueProbes(Now);
        return due.Count == 0 ? Task.CompletedTask : Task.WhenAll(due.Select(ProbeAsync));
    }

    private long Now => time.GetMonotonicMilliseconds();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(static state => _ = ((SilentPeers)state!).ProbeDueAsync(), this, Period, Period);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync();
        }
    }

    private async Task ProbeAsync(PeerId peer)
    {
        if (!silos.TryFind(peer, out _))
        {
            // It has really died, which is counted where that is noticed; its next incarnation is another matter.
            health.Forget(peer);
            return;
        }

        try
        {
            await grains.GetReplica(peer).Ping().WaitAsync(_deadline, time);
            LogBack(peer);
            if (health.OnProbeAnswered(peer, Now))
            {
                metrics.OnPeerDeath(real: false);
            }
        }
        catch (Exception e)
        {
            LogStillAway(e, peer);
            health.OnThrown(peer, e, Now);
        }
    }

    [LoggerMessage(LogLevel.Information, "Peer {Peer}, which had fallen silent, answers again")]
    private partial void LogBack(PeerId peer);

    [LoggerMessage(LogLevel.Debug, "Peer {Peer}, which had fallen silent, was asked whether it is back, and is not")]
    private partial void LogStillAway(Exception failure, PeerId peer);
}
