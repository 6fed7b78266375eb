using AllData.Peers;

namespace AllData.Certificates;

/// <summary>Why a peer may hold something that the root does not cover.</summary>
public enum DoubtReason
{
    /// <summary>It has not answered.</summary>
    Silent = 0,

    /// <summary>It has not promised to take no more puts of the interval.</summary>
    Open = 1,

    /// <summary>It knows that it has lost or cannot read something of the interval.</summary>
    Damaged = 2,

    /// <summary>It has not said which numbers it issued as a coordinator.</summary>
    Numbers = 3,
}

/// <summary>A peer that may hold something that the root does not cover.</summary>
/// <param name="Ordinal">The ordinal of its data directory.</param>
/// <param name="Peer">Its name.</param>
/// <param name="Reason">Why.</param>
public sealed record CertificateDoubt(int Ordinal, PeerId Peer, DoubtReason Reason);
