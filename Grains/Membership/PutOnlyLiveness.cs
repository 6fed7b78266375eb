using System.Collections.Concurrent;
using AllData.Peers;
using AllData.Remote;

namespace AllData.Membership;

/// <summary>Adds the put-only peers that answer to the peers that silos host. <see cref="PutOnlyWatch"/> asks them.</summary>
/// <param name="hosted">Which peers have a living silo.</param>
internal sealed class PutOnlyLiveness(IPeerLiveness hosted) : IPeerLiveness
{
    private readonly ConcurrentDictionary<PeerId, bool> _answering = new();

    /// <inheritdoc/>
    public bool IsAlive(PeerId peer) => hosted.IsAlive(peer) || IsAnswering(peer);

    /// <summary>Whether a put-only peer answers.</summary>
    public bool IsAnswering(PeerId peer) => _answering.ContainsKey(peer);

    /// <summary>A put-only peer answers, or does not any more.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Set(PeerId peer, bool isAnswering) => isAnswering ? _answering.TryAdd(peer, true) : _answering.TryRemove(peer, out _);
}
