using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Numbers;

/// <summary>What a coordinator notes of the numbers of its blocks. Each record is true from then on, whatever follows it.</summary>
/// <param name="Incarnation">The opening of the data directory that it is about.</param>
internal abstract record NumberRecord(int Incarnation);

/// <summary>An incarnation has begun. It issues no number before this is durable.</summary>
internal sealed record IncarnationBegan(int Incarnation) : NumberRecord(Incarnation);

/// <summary>An incarnation has said goodbye: its last marks say how many numbers it has issued.</summary>
internal sealed record IncarnationEnded(int Incarnation) : NumberRecord(Incarnation);

/// <summary>Numbers of an interval are settled.</summary>
/// <param name="Incarnation">The incarnation.</param>
/// <param name="IntervalStart">The interval's first minute.</param>
/// <param name="Settled">All numbers below are, apart from those under way.</param>
/// <param name="UnderWay">Those that are not yet.</param>
internal sealed record NumbersSettled(int Incarnation, UnixMinute IntervalStart, long Settled, NumberRanges UnderWay) : NumberRecord(Incarnation);

/// <summary>Numbers of an interval of which no block is stored anywhere.</summary>
/// <param name="Incarnation">The incarnation.</param>
/// <param name="IntervalStart">The interval's first minute.</param>
/// <param name="Numbers">The numbers.</param>
internal sealed record NumbersAbandoned(int Incarnation, UnixMinute IntervalStart, NumberRanges Numbers) : NumberRecord(Incarnation);
