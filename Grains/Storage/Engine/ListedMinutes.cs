using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>The minutes that a list of blocks is of.</summary>
internal static class ListedMinutes
{
    /// <summary>As many of the requested minutes as lie in an interval, and at least the first: blocks of other intervals lie elsewhere.</summary>
    public static BlockListRange Within(this BlockListRange range, Interval interval) =>
        range with { Minutes = (int)Math.Clamp(range.Minutes, 1, Math.Max(1, interval.EndMinute - range.UnixMinute)) };

    /// <summary>The first key behind them.</summary>
    public static EventKey GetEndKey(this BlockListRange range) => (range.UnixMinute + range.Minutes).GetFirstKey();
}
