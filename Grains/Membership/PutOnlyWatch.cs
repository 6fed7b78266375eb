using AllData.Peers;
using AllData.Remote;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

/// <summary>
/// Looks after the registered put-only peers, which no silo hosts: sets how they are reached, and asks each every second whether it is there. What happens
/// in between, the puts see by themselves (<see cref="Protocol.Topologies.PeerHealth"/>).
/// </summary>
internal sealed partial class PutOnlyWatch(
    TopologyCache topologies, PeerReplicas replicas, PutOnlyLiveness liveness, PeerInstruments instruments, TimeProvider time, ILogger<PutOnlyWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Questions in a row without an answer after which a peer is dead: one may get lost.</summary>
    public const int MostMissed = 2;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly SiloLoop _loop = new();
    private readonly Dictionary<PeerId, int> _missed = [];

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe<PutOnlyWatch>(ServiceLifecycleStage.Active, _ => _loop.StartAsync(RunAsync), _loop.StopAsync);

    /// <summary>Asks all of them once; ends within the replica deadline, and never with an error.</summary>
    public async Task LookAsync()
    {
        var peers = topologies.Own.Peers.Where(static p => p.IsPutOnly).ToList();
        var hasChanged = Forget([.. _missed.Keys.Except(peers.Select(static p => p.Id))]);
        var answers = await Task.WhenAll(peers.Select(IsAnsweringAsync));
        for (var i = 0; i < peers.Count; i++)
        {
            hasChanged |= Note(peers[i].Id, answers[i]);
        }

        for (var deaths = hasChanged ? topologies.OnMembershipChanged() : 0; deaths > 0; deaths--)
        {
            instruments.OnPeerDeath(real: true);
        }
    }

    private bool Forget(List<PeerId> gone)
    {
        foreach (var peer in gone)
        {
            _missed.Remove(peer);
            liveness.Set(peer, isAnswering: false);
            replicas.RemoveRoute(peer);
        }

        return gone.Count > 0;
    }

    private async Task<bool> IsAnsweringAsync(PeerDescriptor peer)
    {
        try
        {
            replicas.SetRoute(peer.Id, new PeerRoute(peer.Client!, peer.Address ?? ""));
            await replicas.Of(peer.Id).PingAsync();
            return true;
        }
        catch (Exception e)
        {
            // A client that this silo does not have, too: puts then go to others.
            LogNoAnswer(e, peer.Id);
            return false;
        }
    }

    private bool Note(PeerId peer, bool isAnswering)
    {
        _missed[peer] = isAnswering ? 0 : _missed.GetValueOrDefault(peer) + 1;
        if (!isAnswering && _missed[peer] < MostMissed)
        {
            return false;
        }

        var isNew = liveness.Set(peer, isAnswering);
        if (isNew && isAnswering)
        {
            LogAnswers(peer);
        }
        else if (isNew)
        {
            LogSilent(peer);
        }

        return isNew;
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await LookAsync();
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    [LoggerMessage(LogLevel.Information, "Put-only peer {Peer} answers")]
    private partial void LogAnswers(PeerId peer);

    [LoggerMessage(LogLevel.Warning, "Put-only peer {Peer} does not answer any more: puts go to other peers")]
    private partial void LogSilent(PeerId peer);

    [LoggerMessage(LogLevel.Debug, "Put-only peer {Peer} did not answer")]
    private partial void LogNoAnswer(Exception failure, PeerId peer);
}
