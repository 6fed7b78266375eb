using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol.Certificates;

namespace AllData.Sealing;

/// <summary>What the peers held of each interval when this silo found it as its certificate says. What is lost of it is looked at again.</summary>
internal interface IExaminedIntervals
{
    /// <summary>What was held of each interval then, by its first minute.</summary>
    Task<ImmutableSortedDictionary<long, HeldMark>> GetMarksAsync();

    /// <summary>The newest certificate of an interval says what is there.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="facts">What was found out.</param>
    Task NoteAsync(Interval interval, SealingFacts facts);
}
