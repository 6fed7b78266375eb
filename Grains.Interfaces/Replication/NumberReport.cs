using AllData.Intervals;

namespace AllData.Replication;

/// <summary>
/// What a data directory knows of the numbers that one of its incarnations has given to the blocks of an interval. Everything in it is durable there: no later
/// report says less.
/// </summary>
/// <param name="Ordinal">The directory's ordinal.</param>
/// <param name="Incarnation">The opening of the directory.</param>
/// <param name="Interval">The interval.</param>
/// <param name="Issued">How many numbers were issued, from 0 on; -1 where the incarnation has ended without a goodbye, and so is not known.</param>
/// <param name="Settled">
/// Numbers below this one are settled, apart from those in <paramref name="UnderWay"/>: the block was stored by a peer, or its put has ended and the block may
/// be stored, or the number was abandoned.
/// </param>
/// <param name="UnderWay">Numbers below <paramref name="Settled"/> of which that was not known yet when it was noted.</param>
/// <param name="Abandoned">
/// Numbers of which no block is stored anywhere: nothing was sent, or every peer that was sent it has answered that it wrote nothing.
/// </param>
/// <param name="Ended">Whether the incarnation has ended with a goodbye. If not, it is the present one, or has ended without.</param>
[GenerateSerializer, Immutable, Alias("AllData.NumberReport")]
public sealed record NumberReport(
    [property: Id(0)] int Ordinal,
    [property: Id(1)] int Incarnation,
    [property: Id(2)] Interval Interval,
    [property: Id(3)] long Issued,
    [property: Id(4)] long Settled,
    [property: Id(5)] NumberRanges UnderWay,
    [property: Id(6)] NumberRanges Abandoned,
    [property: Id(7)] bool Ended);
