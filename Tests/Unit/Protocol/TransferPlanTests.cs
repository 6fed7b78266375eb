using AllData.Events;
using AllData.Protocol.Repair;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class TransferPlanTests
{
    [Fact]
    public void Whatever_differs_is_fetched_once_and_little_besides()
    {
        var random = new Random(17);
        for (var round = 0; round < 300; round++)
        {
            var theirs = Buckets(random, copysets: random.Next(1, 12), minutes: random.Next(1, 25));
            var (own, owed) = (theirs.Where(_ => random.Next(3) > 0).Select(b => random.Next(2) == 0 ? b : b with { Events = 0 }).ToList(), random.Next(1, 12));
            var differences = BucketComparison.Compare(own, theirs, copyset => copyset.Value <= owed, static _ => false);
            Check(TransferPlan.Of(differences, theirs), differences, theirs);
        }
    }

    [Fact]
    public void A_peer_that_holds_nothing_walks_over_all_minutes_and_copysets_with_one_question()
    {
        var theirs = Enumerable.Range(0, 10).SelectMany(minute => Enumerable.Range(0, 1_000).Select(copyset => Bucket(copyset, minute, 3))).ToList();
        var plan = TransferPlan.Of(BucketComparison.Compare([], theirs, static _ => true, static _ => false), theirs);
        Assert.Empty(plan.Listed);
        Assert.Equal((1_000, 10_000), (Assert.Single(plan.Walked).Copysets.Length, plan.Walked[0].Buckets.Length));
    }

    [Fact]
    public void Many_small_runs_are_listed_together_instead_of_walked_over_one_by_one()
    {
        // Every second bucket is held already.
        var theirs = Enumerable.Range(0, 60).Select(static minute => Bucket(1, minute, 1)).ToList();
        var plan = TransferPlan.Of(BucketComparison.Compare(theirs.Where((_, i) => i % 2 == 0), theirs, static _ => true, static _ => false), theirs);
        Assert.Empty(plan.Walked);
        Assert.Equal(30, Assert.Single(plan.Listed).Buckets.Length);
    }

    [Fact]
    public void A_list_ends_before_it_is_too_long_to_be_held()
    {
        var theirs = Enumerable.Range(0, 60).Select(static minute => Bucket(1, minute, 4_000)).ToList();
        var plan = TransferPlan.Of(
            BucketComparison.Compare(theirs.Select(static b => b with { Events = 0 }), theirs, static _ => true, static _ => false), theirs);
        Assert.Equal(60, plan.Listed.Sum(static r => r.Buckets.Length));
        Assert.All(plan.Listed, static run => Assert.InRange(run.Buckets.Sum(static b => b.Blocks), 1, TransferPlan.MostListed));
    }

    private static void Check(TransferPlan plan, IReadOnlyCollection<BucketDifference> differences, List<BucketSum> theirs)
    {
        var runs = plan.Walked.Concat(plan.Listed).ToList();
        var missing = differences.SelectMany(static d => d.Whole.Concat(d.Differing));
        Assert.Equal(missing.Select(Place).Order(), runs.SelectMany(static r => r.Buckets).Select(Place).Order());
        foreach (var run in runs)
        {
            var met = theirs.Where(b => run.Copysets.Contains(b.Copyset) && b.UnixMinute >= run.Minutes.FromMinute && b.UnixMinute < run.Minutes.ToMinute)
                .ToList();
            Assert.Empty(run.Buckets.Except(met));
            var (wanted, inVain) = (run.Buckets.Sum(static b => b.Blocks), met.Except(run.Buckets).Sum(static b => b.Blocks));
            Assert.True(plan.Walked.Contains(run) ? inVain == 0 : inVain <= Math.Max(wanted, TransferPlan.MostInVain), $"{wanted} and {inVain}");
        }
    }

    private static (long, long) Place(BucketSum bucket) => (bucket.Copyset.Value, bucket.UnixMinute.Value);

    private static List<BucketSum> Buckets(Random random, int copysets, int minutes) =>
    [
        .. Enumerable.Range(0, minutes).SelectMany(minute => Enumerable.Range(1, copysets).Where(_ => random.Next(3) > 0)
            .Select(copyset => Bucket(copyset, minute, random.Next(1, 600)))),
    ];

    private static BucketSum Bucket(long copyset, long minute, long blocks) =>
        new(new(copyset), new(minute), blocks, blocks, new EventDigest((UInt128)blocks));
}
