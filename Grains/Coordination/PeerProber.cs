using AllData.Configuration;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Remote;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>
/// When the avoidance of a silent peer ends, asks the peer whether it is back, so that no block has to find out. One question per peer at a time. If
/// a bug stops this, <see cref="PeerHealth"/> lets blocks find out.
/// </summary>
internal sealed partial class PeerProber(
    IReplicas replicas,
    IPeerLiveness liveness,
    PeerHealth health,
    PeerInstruments instruments,
    TimeProvider time,
    ILogger<PeerProber> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private ITimer? _timer;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe<PeerProber>(ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>Asks the peers whose avoidance has ended.</summary>
    /// <returns>When all have answered or passed the replica deadline.</returns>
    internal Task ProbeDueAsync()
    {
        // In the order of the names: the order of a hash table differs between processes, and so would a simulated run.
        var due = health.TakeDueProbes(Now);
        return due.Count == 0 ? Task.CompletedTask : Task.WhenAll(due.Order().Select(ProbeAsync));
    }

    private long Now => time.GetMonotonicMilliseconds();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(static state => _ = ((PeerProber)state!).ProbeDueAsync(), this, Period, Period);
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
        if (!liveness.IsAlive(peer))
        {
            // The peer has really died. That is counted where it is noticed, and its next incarnation is judged separately.
            health.Forget(peer);
            return;
        }

        try
        {
            await replicas.Of(peer).PingAsync();
            LogBack(peer);
            if (health.OnProbeAnswered(peer, Now))
            {
                instruments.OnPeerDeath(real: false);
            }
        }
        catch (Exception e)
        {
            LogStillAway(e, peer);
            health.OnFailure(peer, replicas.FailureOf(e), Now);
        }
    }

    [LoggerMessage(LogLevel.Information, "Peer {Peer}, which had fallen silent, answers again")]
    private partial void LogBack(PeerId peer);

    [LoggerMessage(LogLevel.Debug, "Peer {Peer}, which had fallen silent, was asked whether it is back, and is not")]
    private partial void LogStillAway(Exception failure, PeerId peer);
}
