using System.Collections.Immutable;
using AllData.Client.Connection;
using AllData.Peers;

namespace AllData.Client.Peers;

/// <summary>What peers answered to the same question.</summary>
/// <param name="Answers">The answers, in the order of the peers' names.</param>
/// <param name="Silent">Those that did not answer, and why.</param>
internal sealed record PeerReplies<T>(ImmutableArray<(PeerId Peer, T Answer)> Answers, ImmutableArray<SilentPeer> Silent);

/// <summary>A peer that did not answer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Reason">A sentence.</param>
internal sealed record SilentPeer(PeerId Peer, string Reason);

/// <summary>Asks every storing peer the same question, some of them at a time.</summary>
internal sealed class PeerSurvey(IGrainFactory grains, RetryingCaller caller)
{
    /// <summary>Peers asked at a time, at most.</summary>
    public const int MaxAtOnce = 8;

    /// <summary>The registered peers that store, by name.</summary>
    public async Task<ImmutableArray<PeerId>> GetPeersAsync(CancellationToken cancellation)
    {
        var views = await caller.CallAsync(() => grains.GetPeerRegistry().GetPeers(), cancellation);
        return [.. views.Where(static v => v.Peer.Stores).Select(static v => v.Peer.Id).Order()];
    }

    /// <summary>Asks. A peer that fails is noted as silent; the others go on.</summary>
    public async Task<PeerReplies<T>> AskAsync<T>(
        IReadOnlyList<PeerId> peers, Func<PeerId, IReplicaStorageGrain, Task<T>> ask, CancellationToken cancellation)
    {
        var replies = new (T? Answer, string? Failure)[peers.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, peers.Count, options, async (i, _) => replies[i] = await TryAskAsync(peers[i], ask, cancellation));
        return new PeerReplies<T>(
            [.. peers.Zip(replies).Where(static r => r.Second.Failure is null).Select(static r => (r.First, r.Second.Answer!))],
            [.. peers.Zip(replies).Where(static r => r.Second.Failure is not null)
                .Select(static r => new SilentPeer(r.First, r.Second.Failure!))]);
    }

    private async Task<(T? Answer, string? Failure)> TryAskAsync<T>(
        PeerId peer, Func<PeerId, IReplicaStorageGrain, Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return (await ask(peer, grains.GetReplica(peer)).WaitAsync(cancellation), null);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return (default, FailureText.SentenceOf(e));
        }
    }
}
