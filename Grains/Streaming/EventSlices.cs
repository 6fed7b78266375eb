using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Reading;
using Orleans.Runtime;

namespace AllData.Streaming;

/// <summary>Cuts pages into deliveries, once for all subscribers that are given the page, and kept as long as the page is.</summary>
internal static class EventSlices
{
    /// <summary>Events of a delivery, at most; more only where they have one position.</summary>
    public const int MaxEvents = 256;

    // What is on its way to a thousand subscribers at once.
    private const int MaxBytes = 64 << 10;

    // A page whose events all have one topic is a page of two streams.
    private static readonly ConditionalWeakTable<ScanPage, ConcurrentDictionary<StreamId, ImmutableArray<EventDelivery>>> Known = [];

    /// <summary>The deliveries of a page, in order.</summary>
    public static ImmutableArray<EventDelivery> Of(ScanPage page, StreamId stream) =>
        Known.GetValue(page, static _ => new()).GetOrAdd(stream, static (of, whole) => Cut(whole, of), page);

    private static ImmutableArray<EventDelivery> Cut(ScanPage page, StreamId stream)
    {
        if (page.Count <= MaxEvents && page.Records.Length <= MaxBytes)
        {
            return [new EventDelivery(stream, page, page.LastPosition!.Value)];
        }

        var ends = EndsOf(page);
        return [.. ends.Select((end, n) => new EventDelivery(stream, page.Cut(n == 0 ? null : ends[n - 1], end), end))];
    }

    private static List<EventKey> EndsOf(ScanPage page)
    {
        var (ends, count, bytes) = (new List<EventKey>(), 0, 0);
        EventKey? last = null;
        var reader = page.GetReader();
        for (var index = 0; reader.MoveNext(); index++)
        {
            // Events at one position stay together.
            var position = page.PositionOf(index, reader.Current.Key);
            if (last is { } end && position != end && (count >= MaxEvents || bytes + reader.Current.Size > MaxBytes))
            {
                ends.Add(end);
                (count, bytes) = (0, 0);
            }

            last = position;
            count++;
            bytes += reader.Current.Size;
        }

        ends.Add(last!.Value);
        return ends;
    }
}
