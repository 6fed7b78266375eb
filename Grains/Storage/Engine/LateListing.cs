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

    /// <summary>The intervals that are looked into for one answer: a file must not be opened for each interval of the past at once.</summary>
    /// <param name="range">The request; it comes back as it is answered.</param>
    /// <param name="held">The intervals of which something is held or was lost, ascending.</param>
    /// <param name="hasStragglers">Whether an interval may have stragglers.</param>
    public static List<Interval> Choose(ref LateRange range, IEnumerable<Interval> held, Func<Interval, bool> hasStragglers)
    {
        var (asked, chosen, usual) = (range, new List<Interval>(), 0);
        foreach (var interval in held)
        {
            if (hasStragglers(interval))
            {
                chosen.Add(interval);
            }
            else if (MayHave(interval, asked) && ++usual > MostIntervals)
            {
                // A position lies behind its event's key: what arrived before an interval is not of it, nor of those behind.
                range = range with { UpTo = interval.FirstKey.GetPredecessor() };
                break;
            }
            else if (MayHave(interval, asked))
            {
                chosen.Add(interval);
            }
        }

        return chosen;
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
}
