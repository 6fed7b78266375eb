using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Protocol.Numbers;

/// <summary>What the records of a data directory say together, of all incarnations and intervals or of one interval. Not for several threads at once.</summary>
/// <param name="only">The first minute of the one interval that matters; null: all do.</param>
internal sealed class NumberHistory(UnixMinute? only = null)
{
    private readonly SortedDictionary<int, Incarnation> _incarnations = [];

    /// <summary>Takes a record, in the order in which they were written.</summary>
    public void Take(NumberRecord record)
    {
        if (!_incarnations.TryGetValue(record.Incarnation, out var incarnation))
        {
            _incarnations[record.Incarnation] = incarnation = new Incarnation();
        }

        switch (record)
        {
            case IncarnationEnded:
                incarnation.HasEnded = true;
                break;
            case NumbersSettled mark when IsOfInterest(mark.IntervalStart):
                incarnation.Of(mark.IntervalStart).Mark = mark;
                break;
            case NumbersAbandoned some when IsOfInterest(some.IntervalStart):
                var noted = incarnation.Of(some.IntervalStart);
                noted.Abandoned = noted.Abandoned.Union(some.Numbers);
                break;
        }
    }

    /// <summary>The fewest records that say the same.</summary>
    public IEnumerable<NumberRecord> ToRecords()
    {
        foreach (var (number, incarnation) in _incarnations)
        {
            yield return new IncarnationBegan(number);
            foreach (var (start, noted) in incarnation.Intervals)
            {
                if (!noted.Abandoned.IsEmpty)
                {
                    yield return new NumbersAbandoned(number, start, noted.Abandoned);
                }

                if (noted.Mark is { } mark)
                {
                    yield return mark with { UnderWay = mark.UnderWay.Except(noted.Abandoned) };
                }
            }

            if (incarnation.HasEnded)
            {
                yield return new IncarnationEnded(number);
            }
        }
    }

    /// <summary>
    /// The reports of an interval: of the incarnations that have noted something of it, and of those that may have numbered blocks of it without noting it.
    /// </summary>
    /// <param name="ordinal">The directory's ordinal.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="present">The incarnation that is running.</param>
    /// <param name="issued">How many numbers that one has issued in the interval.</param>
    public ImmutableArray<NumberReport> Report(int ordinal, Interval interval, int present, long issued)
    {
        var reports = ImmutableArray.CreateBuilder<NumberReport>();
        foreach (var (number, incarnation) in _incarnations)
        {
            var noted = incarnation.Intervals.GetValueOrDefault(interval.FirstMinute);
            if (noted is null && incarnation.HasEnded)
            {
                continue;
            }

            var settled = noted?.Mark?.Settled ?? 0;
            var abandoned = noted?.Abandoned ?? NumberRanges.None;
            reports.Add(new NumberReport(
                ordinal,
                number,
                interval,
                number == present ? Math.Max(issued, settled) : incarnation.HasEnded ? settled : -1,
                settled,
                (noted?.Mark?.UnderWay ?? NumberRanges.None).Except(abandoned),
                abandoned,
                incarnation.HasEnded));
        }

        return reports.ToImmutable();
    }

    private bool IsOfInterest(UnixMinute intervalStart) => only is null || only == intervalStart;

    private sealed class Incarnation
    {
        public SortedDictionary<UnixMinute, Noted> Intervals { get; } = [];

        public bool HasEnded { get; set; }

        public Noted Of(UnixMinute intervalStart)
        {
            if (!Intervals.TryGetValue(intervalStart, out var noted))
            {
                Intervals[intervalStart] = noted = new Noted();
            }

            return noted;
        }
    }

    private sealed class Noted
    {
        public NumbersSettled? Mark { get; set; }

        public NumberRanges Abandoned { get; set; } = NumberRanges.None;
    }
}
