using AllData.Events;
using AllData.Reading;

namespace AllData.Tests.Support;

/// <summary>What a scan of everything gave of the acknowledged events.</summary>
/// <param name="Missing">Acknowledged events that it did not give, or gave with other bytes.</param>
/// <param name="Doubled">Keys that it gave more than once.</param>
/// <param name="Given">Events that it gave.</param>
/// <param name="IsComplete">Whether it calls itself complete.</param>
internal sealed record ScanBack(int Missing, int Doubled, long Given, bool IsComplete)
{
    /// <summary>Scans everything.</summary>
    public static async Task<ScanBack> ReadAsync(IGrainFactory grains, IReadOnlyDictionary<EventKey, EventDigest> acknowledged)
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

        return new ScanBack(acknowledged.Count - found, doubled, scan.Outcome.Events, scan.Outcome.IsComplete);
    }
}
