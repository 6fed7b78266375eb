using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;

namespace AllData.Sealing;

/// <summary>The way to the other storing peers of the cluster, for questions that are answered at once.</summary>
internal sealed class OtherCosigners(ICoordinatingPeer own, TopologyCache topologies, ICosigners cosigners, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The storing peers of the cluster but the silo's own, in the order of their ordinals.</summary>
    public IEnumerable<PeerId> Peers =>
        topologies.Own.Peers.Where(p => p.Stores && p.Id != own.Id).OrderBy(static p => p.Ordinal).Select(static p => p.Id);

    /// <summary>They, in the order in which they are asked to sign a head of a size.</summary>
    public IEnumerable<PeerId> InOrder(long size) => CosigningOrder.Of(topologies.Own, own.Id, size);

    /// <summary>The cosigner of a peer.</summary>
    public ICosigner Of(PeerId peer) => cosigners.Of(peer);

    /// <summary>Asks all of them the same.</summary>
    /// <returns>What those have answered that have.</returns>
    public async Task<Dictionary<PeerId, T>> AskAllAsync<T>(Func<ICosigner, Task<T>> ask)
    {
        var answers = await Task.WhenAll(Peers.Select(async peer => (Peer: peer, Answer: await AskAsync(peer, ask))));
        return answers.Where(static a => a.Answer.Has).ToDictionary(static a => a.Peer, static a => a.Answer.Value);
    }

    /// <summary>Asks one of them.</summary>
    /// <returns>Whether it has answered, and what.</returns>
    public async Task<(bool Has, T Value)> AskAsync<T>(PeerId peer, Func<ICosigner, Task<T>> ask)
    {
        try
        {
            return (true, await ask(Of(peer)).WaitAsync(Patience, time));
        }
        catch (Exception e) when (e is TimeoutException or CertificateException or PeerNotHostedException or OrleansException or IOException)
        {
            // It has said nothing.
            return (false, default!);
        }
    }
}
