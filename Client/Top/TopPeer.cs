using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Top;

/// <summary>A peer between two looks.</summary>
/// <param name="View">The registry's view of it.</param>
/// <param name="Report">Its later report; null when it did not answer.</param>
/// <param name="StoredPerSecond">Events per second that puts stored there; null where it is not known.</param>
/// <param name="RepairBytesPerSecond">Bytes per second that its repair fetches; null where it is not known.</param>
/// <param name="Lag">The age of the oldest minute of which it lacks a copy; null if it lacks none, or did not say.</param>
internal sealed record TopPeer(PeerView View, PeerReport? Report, double? StoredPerSecond, double? RepairBytesPerSecond, TimeSpan? Lag)
{
    /// <summary>Compares two reports.</summary>
    public static TopPeer Of(PeerView view, PeerReport? before, PeerReport? now, double seconds, DateTimeOffset at) => new(
        view,
        now,
        RateOf(before, now, static r => r.Events - (r.Repair?.FetchedEvents ?? 0), seconds),
        RateOf(before, now, static r => r.Repair?.FetchedBytes ?? 0, seconds),
        now?.Repair?.OldestMissing is { } oldest ? at - oldest : null);

    // A process that was started in between counts what it fetches from its beginning, and has the events that it had: that is no rate.
    private static double? RateOf(PeerReport? before, PeerReport? now, Func<PeerReport, long> count, double seconds) =>
        before is null || now is null || now.Process.CpuTime < before.Process.CpuTime ? null : Math.Max(0, count(now) - count(before)) / seconds;
}
