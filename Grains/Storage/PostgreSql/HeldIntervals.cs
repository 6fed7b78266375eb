using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Storage.PostgreSql;

/// <summary>What is known of an interval without asking the database.</summary>
/// <param name="State">Whether it takes new blocks.</param>
/// <param name="Damage">Null when nothing is known to be lost; otherwise a sentence.</param>
internal readonly record struct HeldInterval(IntervalState State, string? Damage)
{
    /// <summary>Whether it was promised closed and then counted, and nothing has come into it since.</summary>
    public bool IsCounted { get; init; }

    /// <summary>How often repair has changed it since the store was opened: what was counted before is out of date.</summary>
    public long Restorations { get; init; }
}

/// <summary>What a store keeps in memory about its content: changed by the writer's thread alone, read by any.</summary>
internal sealed class HeldIntervals
{
    private ImmutableSortedDictionary<Interval, HeldInterval> _intervals = ImmutableSortedDictionary<Interval, HeldInterval>.Empty;
    private long _blocks;
    private long _events;
    private long _bytes;

    /// <summary>The intervals and their states.</summary>
    public ImmutableSortedDictionary<Interval, HeldInterval> Intervals => Volatile.Read(ref _intervals);

    public long Blocks => Volatile.Read(ref _blocks);

    public long Events => Volatile.Read(ref _events);

    /// <summary>Bytes of the tables when they were last measured, and of the blocks since.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Takes over what the database says.</summary>
    public void Replace(ImmutableSortedDictionary<Interval, HeldInterval> intervals, long blocks, long events, long bytes)
    {
        Volatile.Write(ref _intervals, intervals);
        Volatile.Write(ref _blocks, blocks);
        Volatile.Write(ref _events, events);
        Volatile.Write(ref _bytes, bytes);
    }

    /// <summary>The first block of an interval has been committed.</summary>
    public void Open(Interval interval) => Volatile.Write(ref _intervals, _intervals.SetItem(interval, default));

    /// <summary>The interval has been promised closed.</summary>
    public void Close(Interval interval) => Change(interval, held => held with { State = IntervalState.Closed });

    /// <summary>Something of an interval is known to be damaged.</summary>
    public void NoteDamage(Interval interval, string? damage) => Change(interval, held => held with { Damage = damage });

    /// <summary>A closed interval is counted, or is about to get more blocks.</summary>
    public void NoteCounted(Interval interval, bool isCounted) => Change(interval, held => held with { IsCounted = isCounted });

    /// <summary>Repair has changed an interval: what was counted before is out of date.</summary>
    public void Restore(Interval interval) => Change(interval, held => held with { Restorations = held.Restorations + 1 });

    /// <summary>A block has been committed.</summary>
    public void Count(int events, int bytes)
    {
        Volatile.Write(ref _blocks, _blocks + 1);
        Volatile.Write(ref _events, _events + events);
        Volatile.Write(ref _bytes, _bytes + bytes);
    }
    private void Change(Interval interval, Func<HeldInterval, HeldInterval> change) =>
        Volatile.Write(ref _intervals, _intervals.SetItem(interval, change(_intervals[interval])));
}
