using AllData.Membership;

namespace AllData.Hosting;

/// <summary>Whether this silo can take puts, for a host's health endpoint.</summary>
public sealed class AllDataReadiness
{
    private readonly HostedPeer _hostedPeer;

    internal AllDataReadiness(HostedPeer hostedPeer) => _hostedPeer = hostedPeer;

    /// <summary>Null when puts can be taken; otherwise a sentence that says what is missing.</summary>
    public string? NotReadyReason => _hostedPeer.Refusal;
}
