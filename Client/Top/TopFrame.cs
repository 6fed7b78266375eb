using System.Collections.Immutable;

namespace AllData.Client.Top;

/// <summary>The cluster between two looks.</summary>
/// <param name="At">The time of the later one.</param>
/// <param name="Peers">Its peers, by region, zone and name.</param>
internal sealed record TopFrame(DateTimeOffset At, ImmutableArray<TopPeer> Peers)
{
    /// <summary>Events put per second: copies that puts stored, divided by the replicas that each event has.</summary>
    public double EventsPerSecond { get; } = Peers.Sum(static p => (p.StoredPerSecond ?? 0) / Math.Max(1, p.Report?.Replication.Factor ?? 1));

    /// <summary>Bytes per second that repair fetches.</summary>
    public double RepairBytesPerSecond { get; } = Peers.Sum(static p => p.RepairBytesPerSecond ?? 0);

    /// <summary>Blocks that are known to be missing.</summary>
    public long MissingBlocks { get; } = Peers.Sum(static p => p.Report?.Repair?.MissingBlocks ?? 0);

    /// <summary>How far repair is behind: the age of the oldest minute with a missing copy; null if no copy is known to be missing.</summary>
    public TimeSpan? Lag { get; } = Peers.Max(static p => p.Lag);

    /// <summary>Whether every peer is alive and answered.</summary>
    public bool AllAnswered { get; } = Peers.All(static p => p.View.Alive && (p.Report is not null || p.View.Peer.IsPutOnly));

    /// <summary>Compares two looks.</summary>
    public static TopFrame Of(TopLook before, TopLook now)
    {
        var elapsed = Math.Max((now.At - before.At).TotalSeconds, 0.001);
        return new TopFrame(
            now.At,
            [
                .. now.Views.OrderBy(static v => v.Peer.Location.Region, StringComparer.Ordinal)
                    .ThenBy(static v => v.Peer.Location.Zone, StringComparer.Ordinal)
                    .ThenBy(static v => v.Peer.Id)
                    .Select(v => TopPeer.Of(v, before.Reports.GetValueOrDefault(v.Peer.Id), now.Reports.GetValueOrDefault(v.Peer.Id), elapsed, now.At)),
            ]);
    }
}
