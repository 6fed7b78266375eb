using System.Collections.Concurrent;
using AllData.Events;
using AllData.Peers;

namespace AllData.Reading;

/// <summary>The greatest low watermark that each coordinator has told this silo. It stays true: what lies below one never appears later.</summary>
internal sealed class ConfirmedWatermarks
{
    // A data directory keeps its ordinal forever, and a cluster has few.
    private readonly ConcurrentDictionary<(PeerId Peer, int Ordinal), EventKey> _confirmed = new();

    /// <summary>A coordinator has told one.</summary>
    public EventKey Confirm(PeerDescriptor peer, EventKey watermark) => _confirmed.AddOrUpdate(
        (peer.Id, peer.Ordinal), watermark, (_, known) => watermark > known ? watermark : known);

    /// <summary>What a coordinator has told last; null when it never has.</summary>
    public EventKey? Find(PeerDescriptor peer) => _confirmed.TryGetValue((peer.Id, peer.Ordinal), out var known) ? known : null;
}
