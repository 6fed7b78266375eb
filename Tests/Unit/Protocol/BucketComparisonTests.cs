using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class BucketComparisonTests
{
    private readonly FetchedBuckets _taken = new();

    [Fact]
    public void Equal_buckets_are_no_difference() => Assert.Empty(Compare([Bucket(1, 5, 3)], [Bucket(1, 5, 3)]));

    [Fact]
    public void What_this_peer_does_not_owe_is_none_of_its_business() => Assert.Empty(Compare([], [Bucket(99, 5, 3)]));

    [Fact]
    public void What_only_this_peer_holds_is_the_others_to_take() => Assert.Empty(Compare([Bucket(1, 5, 3)], []));

    [Fact]
    public void A_bucket_of_which_nothing_is_held_is_taken_whole_and_one_that_differs_block_by_block()
    {
        var differences = Compare([Bucket(1, 5, 3), Bucket(1, 6, 1)], [Bucket(1, 5, 4), Bucket(2, 5, 1), Bucket(1, 6, 1), Bucket(1, 7, 1)]);

        Assert.Equal([5L, 7L], differences.Select(d => d.UnixMinute.Value));
        Assert.Equal<BucketSum>([Bucket(2, 5, 1)], differences[0].Whole);
        Assert.Equal<BucketSum>([Bucket(1, 5, 4)], differences[0].Differing);
        Assert.Equal<BucketSum>([Bucket(1, 7, 1)], differences[1].Whole);
        Assert.Empty(differences[1].Differing);
    }

    [Fact]
    public void The_same_counts_with_another_digest_sum_are_a_difference() =>
        Assert.Single(Compare([Bucket(1, 5, 3)], [Bucket(1, 5, 3) with { DigestSum = new EventDigest(77) }]));

    [Fact]
    public void A_bucket_that_was_taken_is_looked_at_again_only_when_it_has_changed()
    {
        _taken.Add(Bucket(1, 5, 2));
        Assert.Empty(Compare([Bucket(1, 5, 9)], [Bucket(1, 5, 2)]));
        Assert.Single(Compare([Bucket(1, 5, 9)], [Bucket(1, 5, 3)]));
        _taken.Clear();
        Assert.Single(Compare([Bucket(1, 5, 9)], [Bucket(1, 5, 2)]));
    }

    [Fact]
    public void Of_what_was_taken_the_older_half_is_forgotten_when_there_is_too_much_of_it()
    {
        for (var minute = 0; minute <= FetchedBuckets.Capacity; minute++)
        {
            _taken.Add(Bucket(1, minute, 1));
        }

        Assert.False(_taken.Contains(Bucket(1, 0, 1)));
        Assert.True(_taken.Contains(Bucket(1, FetchedBuckets.Capacity, 1)));
        Assert.True(_taken.Contains(Bucket(1, (FetchedBuckets.Capacity / 2) + 1, 1)));
    }

    [Fact]
    public void Missing_are_the_blocks_that_only_the_other_lists()
    {
        var (a, b, c) = (Listed(1), Listed(2), Listed(3));
        Assert.Equal([b], BucketComparison.Missing([a, c], [a, b]));
        Assert.Empty(BucketComparison.Missing([a, b, c], [a, b]));
    }

    [Fact]
    public void A_list_of_blocks_survives_its_bytes()
    {
        ListedBlock[] listed = [Listed(1), Listed(2) with { Copyset = new(-5), Events = 4_096, Bytes = int.MaxValue }];
        var bytes = new byte[2 * ListedBlock.BinaryLength];
        listed[0].WriteTo(bytes);
        listed[1].WriteTo(bytes.AsSpan(ListedBlock.BinaryLength));
        Assert.Equal(48, ListedBlock.BinaryLength);
        Assert.Equal(listed, ListedBlock.ReadAll(bytes));
        Assert.Throws<FormatException>(() => ListedBlock.ReadAll(bytes.AsSpan(1)));
    }

    private static ListedBlock Listed(int sequence) => new(new BlockId(1, 1, sequence), new(1), new EventDigest((UInt128)sequence), 1, 100);

    private static BucketSum Bucket(long copyset, long minute, long blocks) => new(
        new(copyset), new(minute), blocks, blocks, new EventDigest((UInt128)blocks));

    private IReadOnlyList<BucketDifference> Compare(BucketSum[] own, BucketSum[] theirs) =>
        BucketComparison.Compare(own, theirs, static copyset => copyset.Value < 10, _taken.Contains);
}
