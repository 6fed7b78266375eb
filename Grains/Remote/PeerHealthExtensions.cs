using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Remote;

/// <summary>Tells <see cref="PeerHealth"/> what the failure of a call to a peer means.</summary>
internal static class PeerHealthExtensions
{
    /// <summary>
    /// Records a failed call to a peer. Silence and a broken connection are judged together with the other peers, an error is the peer's own.
    /// </summary>
    /// <param name="health">Where it is recorded.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="failure">How the call failed, within the replica deadline.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public static void OnFailure(this PeerHealth health, PeerId peer, CallFailure failure, long now)
    {
        switch (failure)
        {
            case CallFailure.Silent:
                health.OnSilent(peer, now);
                break;
            case CallFailure.Unreachable:
                health.OnUnreachable(peer, now);
                break;
            default:
                health.OnError(peer, now);
                break;
        }
    }
}
