using System.Diagnostics;
using AllData.Events;
using AllData.Reading;

namespace AllData.Tests.Support;

/// <summary>What a scan of everything gave of the acknowledged events.</summary>
/// <param name="Missing">Acknowledged events that it did not give, or gave with other bytes.</param>
/// <param name="Doubled">Keys that it gave more than once.</param>
/// <param name="Given">Events that it gave.</param>
/// <param name="Doubt">The first reason why it does not call itself complete; null: it is complete.</param>
internal sealed record ScanBack(int Missing, int Doubled, long Given, string? Doubt)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Whether it calls itself complete.</summary>
    public bool IsComplete => Doubt is null;

    /// <summary>
    /// Scans everything, again and again until a scan is complete or the bound has passed. Copies may be in their places while a peer does not know it
    /// yet: until it has compared all, it tells readers of what it lost.
    /// </summary>
    public static async Task<ScanBack> CompletesAsync(
        IGrainFactory grains, IReadOnlyDictionary<EventKey, EventDigest> acknowledged, TimeSpan bound, Action<string> say)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var scan = await ReadAsync(grains, acknowledged);
            say($"scanned after {watch.Elapsed.TotalSeconds:0} s: {scan}");
            if (scan.IsComplete || watch.Elapsed > bound)
            {
                return scan;
            }

            await Task.Delay(Pause);
        }
    }

    private static async Task<ScanBack> ReadAsync(IGrainFactory grains, IReadOnlyDictionary<EventKey, EventDigest> acknowledged)
    {
        var scan = new GrainEventReader(grains).Scan(ScanRange.All);
        var (found, doubled) = (0, 0);
        EventKey? last = null;
        await foreach (var e in scan)
        {
            doubled += e.Key == last ? 1 : 0;
            found += e.Key != last && acknowledged.TryGetValue(e.Key, out var told) && told == EventDigest.Of(e.Key, e.Payload.Span) ? 1 : 0;
            last = e.Key;
        }

        var doubt = scan.Outcome.Doubts.FirstOrDefault() is { } first ? $"{first.Peer}, from {first.From}: {first.Reason}" : null;
        return new ScanBack(acknowledged.Count - found, doubled, scan.Outcome.Events, doubt);
    }
}
