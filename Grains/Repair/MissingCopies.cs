using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;

namespace AllData.Repair;

/// <summary>Blocks that a peer is responsible for and does not hold, as far as bucket sums show: at least this many.</summary>
/// <param name="Blocks">Blocks.</param>
/// <param name="Events">Events in them.</param>
/// <param name="OldestMinute">The earliest minute with a missing copy; null if there is none.</param>
internal readonly record struct MissingCopies(long Blocks, long Events, UnixMinute? OldestMinute)
{
    /// <summary>What buckets that differ say.</summary>
    public static MissingCopies Of(IEnumerable<BucketDifference> differences, IEnumerable<BucketSum> own)
    {
        var held = own.ToDictionary(static bucket => (bucket.Copyset, bucket.UnixMinute));
        var debt = default(MissingCopies);
        foreach (var theirs in differences.SelectMany(static d => d.Whole.Concat(d.Differing)))
        {
            var mine = held.GetValueOrDefault((theirs.Copyset, theirs.UnixMinute));

            // A peer that holds fewer blocks, as a keeper of foreign blocks does, may hold nothing else; equal counts of different blocks are at
            // least one.
            debt += theirs.Blocks >= mine.Blocks
                ? new MissingCopies(Math.Max(1, theirs.Blocks - mine.Blocks), Math.Max(1, theirs.Events - mine.Events), theirs.UnixMinute)
                : default;
        }

        return debt;
    }

    public static MissingCopies operator +(MissingCopies a, MissingCopies b) => new(
        a.Blocks + b.Blocks, a.Events + b.Events, a.OldestMinute is { } x && b.OldestMinute is { } y ? UnixMinute.Min(x, y) : a.OldestMinute ?? b.OldestMinute);
}
