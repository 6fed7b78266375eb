using AllData.Peers;

namespace AllData.Certificates;

/// <summary>Copies that a peer is responsible for and lacks.</summary>
/// <param name="Ordinal">The ordinal of its data directory.</param>
/// <param name="Peer">Its name.</param>
/// <param name="Blocks">Blocks that it lacks, at least one.</param>
public sealed record PeerMissingCopies(int Ordinal, PeerId Peer, long Blocks);
