using AllData.Peers;
using AllData.Protocol;
using Orleans.Runtime;

namespace AllData.Coordination;

/// <summary>Tells <see cref="PeerHealth"/> what an exception of a call to a peer means.</summary>
internal static class PeerHealthReports
{
    /// <summary>A call to a peer threw: no word in time is silence, Orleans' word is that it could not be reached, all else its own.</summary>
    /// <param name="health">What is told.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="thrown">What the call threw within the replica deadline.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public static void OnThrown(this PeerHealth health, PeerId peer, Exception thrown, long now)
    {
        switch (thrown)
        {
            case TimeoutException:
                health.OnSilent(peer, now);
                break;
            case OrleansException or IOException:
                health.OnUnreachable(peer, now);
                break;
            default:
                health.OnError(peer, now);
                break;
        }
    }
}
