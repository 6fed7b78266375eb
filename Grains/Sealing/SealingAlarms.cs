using System.Collections.Concurrent;
using AllData.Diagnostics;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>What an operator must know of sealed intervals. An alarm lasts until the silo is started again, or what it is about has become right.</summary>
internal sealed class SealingAlarms : IConditionSource
{
    // Most intervals that are named: the log of the silo has all of them.
    private const int MostNamed = 5;

    private readonly ConcurrentDictionary<Interval, string> _damaged = new();
    private readonly ConcurrentDictionary<Interval, string> _late = new();
    private volatile string? _fork;

    /// <summary>Why this peer signs nothing any more; null: it signs.</summary>
    public string? Fork => _fork;

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (_fork is { } fork)
            {
                yield return new SiloCondition("certificates-contradict", StopsPuts: false, fork);
            }

            if (!_damaged.IsEmpty)
            {
                yield return new SiloCondition("sealed-interval-damaged", StopsPuts: false, Describe(_damaged));
            }

            if (!_late.IsEmpty)
            {
                yield return new SiloCondition("late-blocks-in-sealed-interval", StopsPuts: false, Describe(_late));
            }
        }
    }

    /// <summary>Two valid heads contradict each other.</summary>
    public void OnFork(string sentence) => _fork = sentence;

    /// <summary>Events of a sealed interval are gone or changed.</summary>
    /// <returns>Whether it was not known.</returns>
    public bool OnDamaged(Interval interval, string reason) => _damaged.TryAdd(interval, $"Interval {interval}: {reason}");

    /// <summary>Events have come after an interval was sealed.</summary>
    /// <returns>Whether it was not known.</returns>
    public bool OnLate(Interval interval, string reason) => _late.TryAdd(interval, $"Interval {interval}: {reason}");

    /// <summary>A sealed interval is as its certificate says.</summary>
    public void OnRight(Interval interval) => _damaged.TryRemove(interval, out _);

    private static string Describe(ConcurrentDictionary<Interval, string> alarms)
    {
        var sentences = alarms.OrderBy(static a => a.Key).Select(static a => a.Value).ToList();
        return string.Join(' ', sentences.Take(MostNamed)) + (sentences.Count > MostNamed ? $" And {sentences.Count - MostNamed} more intervals." : "");
    }
}
