using System.Collections.Concurrent;
using AllData.Events;
using AllData.Peers;

namespace AllData.Reading;

/// <summary>The greatest low watermark that each coordinator has reported to this silo. It stays true: nothing appears below it later.</summary>
internal sealed class ConfirmedWatermarks
{
    // A data directory keeps its ordinal forever, and a cluster has few.
    private readonly ConcurrentDictionary<(PeerId Peer, int Ordinal), EventKey> _confirmed = new();

    /// <summary>A coordinator has reported its watermark.</summary>
    public EventKey Confirm(PeerDescriptor peer, EventKey watermark) => _confirmed.AddOrUpdate(
        (peer.Id, peer.Ordinal), watermark, (_, known) => watermark > known ? watermark : known);

    /// <summary>The last watermark that a coordinator has reported; null if it never has.</summary>
    public EventKey? Find(PeerDescriptor peer) => _confirmed.TryGetValue((peer.Id, peer.Ordinal), out var known) ? known : null;
}
