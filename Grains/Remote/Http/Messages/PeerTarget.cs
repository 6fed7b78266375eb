using AllData.Federation;
using AllData.Peers;

namespace AllData.Remote.Http.Messages;

/// <summary>What a call is made to: a peer, or another cluster as a whole.</summary>
/// <param name="Name">What it is called in a sentence.</param>
/// <param name="Path">The path of its calls, up to their names.</param>
/// <param name="Peer">The peer; no name for a cluster.</param>
internal sealed record PeerTarget(string Name, string Path, PeerId Peer)
{
    /// <summary>A peer.</summary>
    public static PeerTarget Of(PeerId peer) => new($"Peer '{peer}'", $"{PeerProtocol.Root}{PeerProtocol.Version}/{peer}/", peer);

    /// <summary>A cluster.</summary>
    public static PeerTarget Of(FederationCluster cluster) => new($"Cluster {cluster}", $"{PeerProtocol.Root}{PeerProtocol.Version}/", default);
}
