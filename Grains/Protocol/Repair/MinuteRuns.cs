using AllData.Events;

namespace AllData.Protocol.Repair;

/// <summary>A run of minutes that is to be compared.</summary>
/// <param name="FromMinute">First minute.</param>
/// <param name="ToMinute">The first minute behind it.</param>
internal readonly record struct MinuteRange(UnixMinute FromMinute, UnixMinute ToMinute);

/// <summary>Gathers single minutes into runs, so that one question is asked about many of them.</summary>
internal static class MinuteRuns
{
    /// <summary>One question covers so many minutes.</summary>
    public const int Longest = 60;

    // What lies in between is asked about as well: a row for each of its buckets, which costs less than another question.
    private const int LongestGap = 10;

    /// <summary>The first run of minutes that are due; empty if none is. A minute that is not due is not passed over.</summary>
    public static List<UnixMinute> TakeFirst<T>(SortedDictionary<UnixMinute, T> minutes, Predicate<T> isDue)
    {
        var run = new List<UnixMinute>();
        foreach (var (minute, state) in minutes)
        {
            if (run.Count > 0 && (minute >= run[0] + Longest || minute - run[^1] > LongestGap || !isDue(state)))
            {
                break;
            }

            if (run.Count > 0 || isDue(state))
            {
                run.Add(minute);
            }
        }

        return run;
    }

    /// <summary>The range from the first minute of a run to the last one; null for none.</summary>
    public static MinuteRange? RangeOf(List<UnixMinute> run) => run.Count == 0 ? null : new MinuteRange(run[0], run[^1].Next());
}
