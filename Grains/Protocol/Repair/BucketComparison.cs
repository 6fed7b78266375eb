using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>Which of another peer's blocks of one minute this peer is missing, or may be missing.</summary>
/// <param name="UnixMinute">The minute.</param>
/// <param name="Whole">The other's buckets of which the peer holds nothing: they are fetched whole.</param>
/// <param name="Differing">The other's buckets that differ from the peer's: block ids are compared first.</param>
internal sealed record BucketDifference(UnixMinute UnixMinute, ImmutableArray<BucketSum> Whole, ImmutableArray<BucketSum> Differing)
{
    /// <summary>How many buckets.</summary>
    public int Buckets => Whole.Length + Differing.Length;

    /// <summary>The difference without some buckets.</summary>
    public BucketDifference Without(Predicate<BucketSum> isLeftOut) => new(UnixMinute, Whole.RemoveAll(isLeftOut), Differing.RemoveAll(isLeftOut));
}

/// <summary>Compares a peer's buckets with another's: one row for each copyset and minute, however many events there are.</summary>
internal static class BucketComparison
{
    /// <summary>Finds the minutes in which the other peer may hold blocks that this one is responsible for.</summary>
    /// <param name="own">This peer's buckets of a run of minutes.</param>
    /// <param name="theirs">The other's buckets of the same minutes, in the order of the minutes.</param>
    /// <param name="owes">Whether this peer is responsible for the copies of a copyset's blocks.</param>
    /// <param name="isTaken">Whether everything was fetched of the other's bucket when it had this sum.</param>
    public static ImmutableArray<BucketDifference> Compare(
        IEnumerable<BucketSum> own, IEnumerable<BucketSum> theirs, Func<CopysetId, bool> owes, Func<BucketSum, bool> isTaken)
    {
        var held = own.ToDictionary(static bucket => (bucket.Copyset, bucket.UnixMinute));
        var differences = ImmutableArray.CreateBuilder<BucketDifference>();
        foreach (var minute in theirs.GroupBy(static bucket => bucket.UnixMinute))
        {
            var open = minute.Where(b => owes(b.Copyset) && !(held.TryGetValue((b.Copyset, b.UnixMinute), out var mine) && mine == b) && !isTaken(b)).ToList();
            if (open.Count > 0)
            {
                var isHeld = open.ToLookup(b => held.ContainsKey((b.Copyset, b.UnixMinute)));
                differences.Add(new BucketDifference(minute.Key, [.. isHeld[false]], [.. isHeld[true]]));
            }
        }

        return differences.ToImmutable();
    }

    /// <summary>The blocks of another's list that are not in this peer's own.</summary>
    /// <param name="own">What this peer holds.</param>
    /// <param name="theirs">What the other holds.</param>
    public static IReadOnlyList<ListedBlock> Missing(IEnumerable<ListedBlock> own, IEnumerable<ListedBlock> theirs)
    {
        var held = own.Select(static block => block.Id).ToHashSet();
        return [.. theirs.Where(block => !held.Contains(block.Id))];
    }
}
