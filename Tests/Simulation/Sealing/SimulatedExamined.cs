using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol.Certificates;
using AllData.Sealing;

namespace AllData.Simulation.Sealing;

/// <summary>What one life of a silo remembers of the intervals that it has looked at.</summary>
internal sealed class SimulatedExamined : IExaminedIntervals
{
    private ImmutableSortedDictionary<long, HeldMark> _marks = ImmutableSortedDictionary<long, HeldMark>.Empty;

    /// <inheritdoc/>
    public Task<ImmutableSortedDictionary<long, HeldMark>> GetMarksAsync() => Task.FromResult(_marks);

    /// <inheritdoc/>
    public Task NoteAsync(Interval interval, SealingFacts facts)
    {
        var before = _marks.GetValueOrDefault(interval.FirstMinute.Value, HeldMark.Nothing);
        _marks = _marks.SetItem(interval.FirstMinute.Value, facts.Held.With(before, facts.Silent));
        return Task.CompletedTask;
    }
}
