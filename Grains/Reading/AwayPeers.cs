using AllData.Configuration;
using AllData.Peers;
using AllData.Remote;

namespace AllData.Reading;

/// <summary>Peers that have failed in a scan: left alone for a while, so that a hung one does not cost its deadline again in every window.</summary>
internal sealed class AwayPeers(IReplicas replicas, TimeProvider time)
{
    private static readonly TimeSpan Avoidance = TimeSpan.FromSeconds(15);

    // Several answers read and fill it at once; at most one entry per registered peer.
    private readonly Dictionary<PeerId, (TimeSpan Until, string Reason)> _away = [];

    /// <summary>Why a peer is left alone now; null when it is not.</summary>
    public string? ReasonOf(PeerId peer)
    {
        lock (_away)
        {
            return _away.TryGetValue(peer, out var entry) && time.GetMonotonic() < entry.Until ? entry.Reason : null;
        }
    }

    /// <summary>A peer failed, for a reason in words.</summary>
    public string Add(PeerId peer, Exception failure)
    {
        var reason = replicas.FailureOf(failure) == CallFailure.Silent
            ? "it did not answer in time"
            : $"it could not answer: {FailureText.SentenceOf(failure)}";
        lock (_away)
        {
            _away[peer] = (time.GetMonotonic() + Avoidance, reason);
        }

        return reason;
    }
}
