using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The positions of late events. A late event lies at or below a key that readers may have passed, so it is not given at its key: its coordinator issues a
/// key of its own range for it, under which no event lies, and the block says the first of them. Readers that follow give the event there.
/// </summary>
internal static class ArrivalKeys
{
    // Milliseconds between the first and the last position of a block: far more than the events of one can take.
    private const long LongestBlock = 1_000;

    /// <summary>The position of an event.</summary>
    /// <param name="first">The arrival of its block: the position of the first event.</param>
    /// <param name="index">Its place in the block.</param>
    public static EventKey At(EventKey first, int index)
    {
        // As keys are issued: a millisecond whose sequence is used up passes on to the next.
        var sequence = first.Sequence + index;
        return EventKey.Create(
            first.UnixMilliseconds + (sequence / EventKey.FirstReservedSequence), first.Ordinal, sequence % EventKey.FirstReservedSequence);
    }

    /// <summary>
    /// What a block adds to its sum of event digests, so that two blocks that hold the same late events at different positions do not count as the same.
    /// </summary>
    /// <param name="arrival">The arrival of the block; null: its events are not late, and it adds nothing.</param>
    public static EventDigest DigestOf(EventKey? arrival)
    {
        if (arrival is not { } first)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[EventKey.BinaryLength];
        first.WriteTo(bytes);
        return EventDigest.Of(bytes);
    }

    /// <summary>Whether a position is of one of a block's events. Those of other coordinators may lie between the first and the last.</summary>
    /// <param name="first">The arrival of the block.</param>
    /// <param name="count">Its events.</param>
    /// <param name="position">The position.</param>
    public static bool Has(EventKey first, int count, EventKey position)
    {
        var index = ((position.UnixMilliseconds - first.UnixMilliseconds) * EventKey.FirstReservedSequence) + position.Sequence - first.Sequence;
        return position.Ordinal == first.Ordinal && !position.IsReserved && index >= 0 && index < count;
    }

    /// <summary>A lower bound of the arrivals of the blocks that have an event behind a position.</summary>
    public static EventKey LowestFirst(EventKey position) => EventKey.FirstAt(Math.Max(0, position.UnixMilliseconds - LongestBlock));

    /// <summary>Whether all events of a block have a position.</summary>
    public static bool IsPossible(EventKey first, int count) =>
        first.UnixMilliseconds + ((first.Sequence + (long)count) / EventKey.FirstReservedSequence) < EventKey.MaxValue.UnixMilliseconds;

    /// <summary>The position of the last event of a block.</summary>
    public static EventKey Last(EventKey first, int count) => At(first, count - 1);
}
