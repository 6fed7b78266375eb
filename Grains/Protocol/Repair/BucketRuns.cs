using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>Forms runs of buckets, minute after minute, as long as a run costs little that is not wanted.</summary>
internal static class BucketRuns
{
    /// <summary>Forms the runs: each wanted bucket is in one of them.</summary>
    /// <param name="wanted">The buckets.</param>
    /// <param name="all">All buckets that there are; some of these are wanted.</param>
    /// <param name="isFair">Whether a run may have so many blocks that are wanted, and so many that are not.</param>
    public static List<BucketRun> Form(IEnumerable<BucketSum> wanted, IReadOnlyCollection<BucketSum> all, Func<long, long, bool> isFair)
    {
        var buckets = wanted.ToHashSet();
        var others = all.Where(b => !buckets.Contains(b)).ToLookup(static b => b.Copyset);
        var runs = new List<BucketRun>();
        var open = new List<BucketSum>();
        foreach (var minute in buckets.GroupBy(static b => b.UnixMinute).OrderBy(static m => m.Key))
        {
            List<BucketSum> longer = [.. open, .. minute];
            if (open.Count > 0 && !IsFair(longer, others, isFair))
            {
                runs.Add(RunOf(open));
                longer = [.. minute];
            }

            open = longer;
        }

        return open.Count == 0 ? runs : [.. runs, RunOf(open)];
    }

    private static bool IsFair(List<BucketSum> buckets, ILookup<CopysetId, BucketSum> others, Func<long, long, bool> isFair)
    {
        var range = RangeOf(buckets);
        var inVain = buckets.Select(static b => b.Copyset).Distinct().SelectMany(copyset => others[copyset])
            .Where(b => b.UnixMinute >= range.FromMinute && b.UnixMinute < range.ToMinute).Sum(static b => b.Blocks);
        return isFair(buckets.Sum(static b => b.Blocks), inVain);
    }

    private static BucketRun RunOf(List<BucketSum> buckets) =>
        new(RangeOf(buckets), [.. buckets.Select(static b => b.Copyset).Distinct()], [.. buckets]);

    private static MinuteRange RangeOf(List<BucketSum> buckets) => new(buckets[0].UnixMinute, buckets[^1].UnixMinute.Next());
}
