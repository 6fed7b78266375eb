using AllData.Certificates;
using AllData.Intervals;
using AllData.Simulation.Machines;

namespace AllData.Simulation.Truth;

/// <summary>The events that silos have read when they looked at intervals: what the roots are made of.</summary>
/// <param name="length">Length of an interval.</param>
internal sealed class ReadIntervals(TimeSpan length)
{
    private readonly Dictionary<SimulatedSilo, Reading> _readings = [];
    private readonly Dictionary<(Interval Interval, IntervalContent Content), SortedSet<EventEntry>> _known = [];

    /// <summary>A silo begins to look at an interval.</summary>
    public void Begin(SimulatedSilo silo, Interval interval)
    {
        Keep(silo);
        _readings[silo] = new Reading(interval, []);
    }

    /// <summary>A silo has read an event.</summary>
    public void Add(SimulatedSilo silo, EventEntry entry)
    {
        var interval = Interval.Containing(entry.Key.UnixMilliseconds, length);
        if (!_readings.TryGetValue(silo, out var reading) || reading.Interval != interval || (reading.Entries.Count > 0 && reading.Entries.Max.Key > entry.Key))
        {
            Begin(silo, interval);
        }

        _readings[silo].Entries.Add(entry);
    }

    /// <summary>What a silo has read last, if it was of an interval.</summary>
    public IReadOnlyCollection<EventEntry> LastOf(SimulatedSilo silo, Interval interval) =>
        _readings.TryGetValue(silo, out var reading) && reading.Interval == interval ? reading.Entries : [];

    /// <summary>The events that make the content of a certificate; null where no silo has read them.</summary>
    public IReadOnlySet<EventEntry>? Find(Interval interval, IntervalContent content)
    {
        foreach (var silo in _readings.Keys.ToList())
        {
            Keep(silo);
        }

        return _known.GetValueOrDefault((interval, content));
    }

    /// <summary>The tree of some events.</summary>
    public static IntervalContent ContentOf(IEnumerable<EventEntry> entries)
    {
        var tree = new IntervalTree();
        foreach (var entry in entries)
        {
            tree.Add(entry);
        }

        return tree.Complete();
    }

    private void Keep(SimulatedSilo silo)
    {
        if (_readings.TryGetValue(silo, out var reading))
        {
            _known[(reading.Interval, ContentOf(reading.Entries))] = [.. reading.Entries];
        }
    }

    private sealed record Reading(Interval Interval, SortedSet<EventEntry> Entries);
}
