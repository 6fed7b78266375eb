using AllData.Peers;

namespace AllData.Client.Top;

/// <summary>A frame for machines.</summary>
internal sealed record TopJson(
    DateTimeOffset At, double EventsPerSecond, double RepairBytesPerSecond, long MissingBlocks, double? LagSeconds, IReadOnlyList<TopPeerJson> Peers)
{
    public static TopJson Of(TopFrame frame) => new(
        frame.At, frame.EventsPerSecond, frame.RepairBytesPerSecond, frame.MissingBlocks, frame.Lag?.TotalSeconds, [.. frame.Peers.Select(TopPeerJson.Of)]);
}

/// <summary>A peer of a frame for machines; what it did not say is left out.</summary>
internal sealed record TopPeerJson(
    string Peer, string Region, string Zone, PeerStatus Status, bool Alive, double? StoredPerSecond, long? Events, long? MissingBlocks, double? LagSeconds,
    double? RepairBytesPerSecond, long? DamagedBlocks, IReadOnlyList<SiloCondition> Conditions)
{
    public static TopPeerJson Of(TopPeer peer)
    {
        var (descriptor, report, repair) = (peer.View.Peer, peer.Report, peer.Report?.Repair);
        return new TopPeerJson(
            descriptor.Id.Value, descriptor.Location.Region, descriptor.Location.Zone, descriptor.Status, peer.View.Alive, peer.StoredPerSecond, report?.Events,
            repair?.MissingBlocks, peer.Lag?.TotalSeconds, peer.RepairBytesPerSecond, repair?.DamagedBlocks,
            report?.Conditions is { IsDefault: false } conditions ? conditions : []);
    }
}
