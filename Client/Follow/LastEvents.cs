using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Follow;

/// <summary>Finds the newest events before a key.</summary>
internal static class LastEvents
{
    private const long FirstWindow = 1_000;

    /// <summary>
    /// The newest events, ascending by key. Scans run forwards only: so it reads windows before the key, each twice as long as the one after it.
    /// </summary>
    /// <param name="reader">Reads the store.</param>
    /// <param name="upTo">The last key.</param>
    /// <param name="count">How many.</param>
    /// <param name="topic">Only events of this topic; null: all.</param>
    /// <param name="isWanted">Which events count.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<ScannedEvent>> FindAsync(
        IEventReader reader, EventKey upTo, int count, Topic? topic, Func<ScannedEvent, bool> isWanted, CancellationToken cancellation)
    {
        var found = new LinkedList<ScannedEvent>();
        var end = upTo.GetSuccessor();
        for (var length = FirstWindow; found.Count < count && end > default(EventKey); length *= 2)
        {
            var begin = EventKey.FirstAt(Math.Max(0, end.UnixMilliseconds - length));
            var events = new Queue<ScannedEvent>();
            await foreach (var e in reader.Scan(new ScanRange { From = begin, To = end, Topic = topic }).WithCancellation(cancellation))
            {
                if (isWanted(e))
                {
                    events.Enqueue(e);
                    if (events.Count > count - found.Count)
                    {
                        events.Dequeue();
                    }
                }
            }

            foreach (var e in events.Reverse())
            {
                found.AddFirst(e);
            }

            end = begin;
        }

        return [.. found];
    }
}
