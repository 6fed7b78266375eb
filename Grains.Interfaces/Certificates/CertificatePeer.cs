using AllData.Peers;

namespace AllData.Certificates;

/// <summary>A peer that has answered everything.</summary>
/// <param name="Ordinal">The ordinal of its data directory.</param>
/// <param name="Peer">Its name.</param>
public sealed record CertificatePeer(int Ordinal, PeerId Peer);
