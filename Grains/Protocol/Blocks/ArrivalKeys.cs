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

    /// <summary>A lower bound of the arrivals of the blocks that have an event behind a position.</summary>
    public static EventKey LowestFirst(EventKey position) => EventKey.FirstAt(Math.Max(0, position.UnixMilliseconds - LongestBlock));

    /// <summary>The position of the last event of a block.</summary>
    public static EventKey Last(EventKey first, int count) => At(first, count - 1);
}
