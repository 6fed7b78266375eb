using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Sealing;

namespace AllData.Simulation.Sealing;

/// <summary>What one life of a silo remembers of the intervals that it has looked at.</summary>
internal sealed class SimulatedExamined : IExaminedIntervals
{
    private ImmutableSortedDictionary<long, string> _marks = ImmutableSortedDictionary<long, string>.Empty;

    /// <inheritdoc/>
    public Task<ImmutableSortedDictionary<long, string>> GetMarksAsync() => Task.FromResult(_marks);

    /// <inheritdoc/>
    public Task NoteAsync(Interval interval, string mark)
    {
        _marks = _marks.SetItem(interval.FirstMinute.Value, mark);
        return Task.CompletedTask;
    }
}
