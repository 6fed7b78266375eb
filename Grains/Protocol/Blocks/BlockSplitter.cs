using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>Cuts a run of events into blocks: none crosses a minute of key time, none has two topics, none exceeds the bounds.</summary>
internal static class BlockSplitter
{
    /// <summary>The ranges, one after the other, that each become a block.</summary>
    /// <param name="events">Events ascending by key, those of each topic one after the other.</param>
    /// <param name="maxEvents">Most events of a block, at least 1.</param>
    /// <param name="maxBytes">Most bytes of a block's records; a single larger event still gets a block of its own.</param>
    public static List<Range> Split(ReadOnlySpan<KeyedEvent> events, int maxEvents, int maxBytes)
    {
        var ranges = new List<Range>();
        var start = 0;
        long bytes = 0;
        for (var i = 0; i < events.Length; i++)
        {
            var size = PackedEvent.Overhead + events[i].Payload.Length;
            var isFull = i - start == maxEvents || bytes + size > maxBytes || events[i].Key.UnixMinute != events[start].Key.UnixMinute
                || events[i].Topic != events[start].Topic;
            if (i > start && isFull)
            {
                ranges.Add(start..i);
                start = i;
                bytes = 0;
            }

            bytes += size;
        }

        if (start < events.Length)
        {
            ranges.Add(start..events.Length);
        }

        return ranges;
    }
}
