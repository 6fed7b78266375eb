using System.Collections.Immutable;
using AllData.Client.Terminals;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Client.Audit;

/// <summary>Adds up the windows of an audit; one thread adds, another may look at how far it is.</summary>
internal sealed class AuditTally
{
    private readonly SortedDictionary<(Interval Interval, Adherence Adherence, int Copies, int Asked, int Unverifiable), CopyCount> _counts = [];
    private readonly SortedSet<PeerId> _silent = [];
    private long _blocks;
    private volatile string _reached = "";

    /// <summary>What was found, by interval, adherence and number of copies.</summary>
    public IReadOnlyCollection<CopyCount> Counts => _counts.Values;

    /// <summary>Peers that could not be asked about everything.</summary>
    public ImmutableArray<PeerId> NotAnswering => [.. _silent];

    /// <summary>Up to where copies were counted: later blocks may still have copies in flight. Null before the first window.</summary>
    public DateTimeOffset? CountedTo { get; private set; }

    /// <summary>Events that are too new to be counted.</summary>
    public long TooNewEvents { get; private set; }

    public void Add(AuditPage page)
    {
        _silent.UnionWith(page.NotAnswering);

        TooNewEvents += page.TooNewEvents;
        if (page.ToMinute <= page.FromMinute)
        {
            // Nothing was old enough to be counted.
            return;
        }

        // The end of all keys is no time.
        CountedTo = page.ToMinute.Timestamp;
        foreach (var count in page.Counts)
        {
            var key = (count.Interval, count.Adherence, count.Copies, count.CopiesAsked, count.Unverifiable);
            _counts[key] = _counts.TryGetValue(key, out var before)
                ? before with { Blocks = before.Blocks + count.Blocks, Events = before.Events + count.Events }
                : count;
            Interlocked.Add(ref _blocks, count.Blocks);
            _reached = count.Interval.ToString();
        }
    }

    /// <summary>Blocks and events with the same adherence.</summary>
    public (long Blocks, long Events) Sum(Adherence adherence)
    {
        var alike = _counts.Values.Where(c => c.Adherence == adherence).ToList();
        return (alike.Sum(static c => c.Blocks), alike.Sum(static c => c.Events));
    }

    /// <summary>Blocks and events of which copies can only be believed.</summary>
    public (long Blocks, long Events) Unverifiable
    {
        get
        {
            var believed = _counts.Values.Where(static c => c.Unverifiable > 0).ToList();
            return (believed.Sum(static c => c.Blocks), believed.Sum(static c => c.Events));
        }
    }

    /// <summary>The earliest minute with a block that is not kept as it is meant to be; null if there is none.</summary>
    public DateTimeOffset? OldestAway => _counts.Values.Where(static c => c.Adherence != Adherence.Strict)
        .Select(static c => (DateTimeOffset?)c.OldestMinute.Timestamp).Min();

    /// <summary>How far it is, as a phrase.</summary>
    public string Describe() => $"{Amount.OfBlocks(Interlocked.Read(ref _blocks))} counted, at interval {_reached}";
}
