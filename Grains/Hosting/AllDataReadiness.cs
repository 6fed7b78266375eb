using AllData.Membership;

namespace AllData.Hosting;

/// <summary>Whether this silo can take puts, for a host's health endpoint.</summary>
public sealed class AllDataReadiness
{
    private readonly PeerAnnouncer _announcer;

    internal AllDataReadiness(PeerAnnouncer announcer) => _announcer = announcer;

    /// <summary>Null when puts can be taken; otherwise a sentence that says what is missing.</summary>
    public string? NotReadyReason => _announcer.NotReadyReason;
}
