using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Sealing;

/// <summary>What the peers held of each interval when this silo looked at it last. What is lost of it is looked at again.</summary>
internal interface IExaminedIntervals
{
    /// <summary>What was held of each interval when it was looked at last, by its first minute.</summary>
    Task<ImmutableSortedDictionary<long, string>> GetMarksAsync();

    /// <summary>The interval was looked at.</summary>
    Task NoteAsync(Interval interval, string mark);
}
