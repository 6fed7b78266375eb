using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>How the stores answer a request for blocks of late events.</summary>
internal static class LateListing
{
    // A client gives a key while its interval is the previous, the current or the next one. Clocks that differ, and a put that waits, move that a little.
    // An original node may be further behind: what it puts are stragglers.
    private const int IntervalsBehind = 2;
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    // Of the clock of the silo that found a loss.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private const int MostIntervals = 32;

    /// <summary>Whether a block is of late events that arrive long after the end of their interval: that interval is looked into from then on.</summary>
    public static bool IsStraggler(Interval interval, BlockHeader header) =>
        header.Arrival is { } arrival && !MayArrive(interval, ArrivalKeys.Last(arrival, header.EventCount));

    private static bool MayArrive(Interval interval, EventKey position) =>
        interval.EndUnixMilliseconds > position.UnixMilliseconds - (IntervalsBehind * interval.LengthMilliseconds) - (long)Tolerance.TotalMilliseconds;

    /// <summary>Whether blocks of an interval can have arrived in a range, stragglers apart.</summary>
    public static bool MayHave(Interval interval, LateRange range) =>
        interval.StartUnixMilliseconds <= range.UpTo.UnixMilliseconds && MayArrive(interval, range.After);

    /// <summary>Whether blocks that arrived in a range can be among those that were lost.</summary>
    /// <param name="lostAt">When the loss was found; null: by a program that had no late events.</param>
    /// <param name="range">The range.</param>
    public static bool MayHaveLost(DateTimeOffset? lostAt, LateRange range) => lostAt + Skew > range.After.Timestamp;

    /// <summary>Answers from a store in files.</summary>
    /// <param name="range">The request.</param>
    /// <param name="catalog">The intervals of the store.</param>
    /// <param name="list">Adds the blocks of an interval, one more than are requested if there are as many.</param>
    public static BucketPage Read(LateRange range, IntervalCatalog catalog, Action<Interval, LateRange, List<LateBlock>> list)
    {
        var (blocks, damaged) = (new List<LateBlock>(), ImmutableArray.CreateBuilder<DamagedInterval>());
        foreach (var interval in Choose(ref range, catalog.Entries))
        {
            list(interval, range, blocks);
            if (catalog.Find(interval)?.Note is { Lost: { } loss } note && MayHaveLost(note.LostAt, range))
            {
                damaged.Add(new DamagedInterval(interval, loss));
            }
        }

        return PageOf(range, blocks, damaged.ToImmutable());
    }

    /// <summary>The answer.</summary>
    /// <param name="range">The request.</param>
    /// <param name="blocks">The first blocks of each part of the store, one more than are requested of a part that has as many.</param>
    /// <param name="damaged">Intervals that may have had others.</param>
    public static BucketPage PageOf(LateRange range, List<LateBlock> blocks, ImmutableArray<DamagedInterval> damaged)
    {
        blocks.Sort(static (a, b) => a.Arrival.CompareTo(b.Arrival));
        var isCut = blocks.Count > range.MaxBlocks;
        return new BucketPage([], UnixMinute.First, damaged)
        {
            Late = new LateBlocks(
                isCut ? [.. blocks[..range.MaxBlocks]] : [.. blocks], isCut ? blocks[range.MaxBlocks].Arrival.GetPredecessor() : range.UpTo),
        };
    }

    // The intervals that are looked into for one answer: a file must not be opened for each interval of the past at once.
    private static List<Interval> Choose(ref LateRange range, ImmutableSortedDictionary<Interval, IntervalEntry> held)
    {
        var (chosen, usual) = (new List<Interval>(), 0);
        foreach (var (interval, entry) in held)
        {
            if (entry.Note is { HasStragglers: true })
            {
                chosen.Add(interval);
            }
            else if (MayHave(interval, range) && ++usual <= MostIntervals)
            {
                chosen.Add(interval);
            }
            else if (usual > MostIntervals)
            {
                // A position lies behind its event's key: what arrived before an interval is not of it, nor of those behind.
                range = range with { UpTo = interval.FirstKey.GetPredecessor() };
                break;
            }
        }

        return chosen;
    }
}
