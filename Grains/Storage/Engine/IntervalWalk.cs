using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>Answers, interval by interval, what is asked of a store in files: the engines differ in how they read one interval.</summary>
internal static class IntervalWalk
{
    /// <summary>Lists buckets.</summary>
    /// <param name="catalog">The intervals of the store.</param>
    /// <param name="range">The request.</param>
    /// <param name="read">Adds the buckets of an interval; the first minute that was not read, or null if all were.</param>
    public static BucketPage ReadBuckets(
        IntervalCatalog catalog, BucketRange range, Func<Interval, ImmutableArray<BucketSum>.Builder, UnixMinute?> read)
    {
        var buckets = ImmutableArray.CreateBuilder<BucketSum>();
        var damaged = ImmutableArray.CreateBuilder<DamagedInterval>();
        foreach (var interval in catalog.Entries.Keys.Where(i => i.EndMinute > range.FromMinute && i.FirstMinute < range.ToMinute))
        {
            var coveredTo = read(interval, buckets);
            if (catalog.Find(interval)?.Note?.Lost is { } loss)
            {
                damaged.Add(new DamagedInterval(interval, loss));
            }

            if (coveredTo is { } minute)
            {
                return new BucketPage(buckets.ToImmutable(), minute, damaged.ToImmutable());
            }
        }

        return new BucketPage(buckets.ToImmutable(), range.ToMinute, damaged.ToImmutable());
    }

    /// <summary>Reads a page of blocks.</summary>
    /// <param name="catalog">The intervals of the store.</param>
    /// <param name="range">The request.</param>
    /// <param name="read">Adds the blocks of an interval; where to go on, or null if it has no more.</param>
    public static BlockPage ReadPage(IntervalCatalog catalog, BlockRange range, Func<Interval, BlockPageBuilder, BlockPosition?> read)
    {
        using var page = new BlockPageBuilder(range.MaxBytes);
        foreach (var (interval, entry) in catalog.Entries)
        {
            if (!entry.HasFile || interval.EndUnixMilliseconds <= range.From.UnixMilliseconds
                || interval.StartUnixMilliseconds > range.To.UnixMilliseconds
                || (range.After is { } after && interval.EndUnixMilliseconds <= after.First.UnixMilliseconds))
            {
                continue;
            }

            if (read(interval, page) is { } next)
            {
                return page.Build(next);
            }
        }

        return page.Build(null);
    }

    /// <summary>Scrubs the next part, and notes what is found.</summary>
    /// <param name="catalog">The intervals of the store.</param>
    /// <param name="position">Where to go on.</param>
    /// <param name="scrub">Scrubs minutes of an interval from one on; the next one, or null if it has no more.</param>
    public static ScrubStep Scrub(IntervalCatalog catalog, ScrubPosition position, Func<Interval, UnixMinute, ScrubTally, UnixMinute?> scrub)
    {
        var intervals = catalog.Entries.Keys.Where(i => position.Interval is not { } from || i.CompareTo(from) >= 0).Take(2).ToList();
        if (intervals.Count == 0)
        {
            return new ScrubStep(new ScrubPage(null, 0, 0, 0, [], null), Damage: null);
        }

        var interval = intervals[0];
        var fromMinute = interval == position.Interval ? position.FromMinute : UnixMinute.First;
        var tally = new ScrubTally();
        ScrubPosition? next = scrub(interval, fromMinute, tally) is { } minute ? new ScrubPosition(interval, minute)
            : intervals.Count > 1 ? new ScrubPosition(intervals[1], UnixMinute.First)
            : null;
        var loss = fromMinute == UnixMinute.First ? catalog.Find(interval)?.Note?.Lost : null;
        catalog.OnScrubbed(interval, tally);
        var damage = loss is null ? tally.Damage : [loss, .. tally.Damage];
        return new ScrubStep(new ScrubPage(interval, tally.Sum.Blocks, tally.Sum.Events, tally.Bytes, damage, next), Damage: null);
    }

    /// <summary>Checks an interval of which something was known to be wrong: what is found now is noted, but not reported again.</summary>
    /// <param name="catalog">The intervals of the store.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="check">Checks all of it.</param>
    public static ScrubTally Check(IntervalCatalog catalog, Interval interval, Func<ScrubTally> check)
    {
        var tally = catalog.Find(interval)!.HasFile ? check() : new ScrubTally();
        if (tally.Corrupt is { } corrupt)
        {
            catalog.OnCorrupt(interval, corrupt);
        }

        catalog.OnFindings(interval, tally.Damage);
        return tally;
    }
}
