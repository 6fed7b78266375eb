using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class CopyGroupTests
{
    private static readonly ImmutableArray<int> Owing = [0, 2, 4];

    [Theory]
    [InlineData(new[] { 0, 2, 4 }, Adherence.Strict)]
    [InlineData(new[] { 0, 2, 3, 4 }, Adherence.Strict)]
    [InlineData(new[] { 0, 2, 3 }, Adherence.Relaxed)]
    [InlineData(new[] { 0, 3 }, Adherence.UnderReplicated)]
    [InlineData(new[] { 0, 2 }, Adherence.UnderReplicated)]
    public void Adherence_says_whether_there_are_enough_copies_and_whether_they_are_where_they_are_meant_to_be(int[] holders, Adherence expected) =>
        Assert.Equal(expected, new CopyGroup(new(5), Owing, 3, [.. holders], 1, 1).Adherence);

    [Fact]
    public void A_bucket_that_all_who_owe_it_hold_alike_is_one_group()
    {
        var group = CopyGrouping.OfAgreed(Owing, 3, [Held(4, 7), Held(0, 7), Held(2, 7)]);
        Assert.NotNull(group);
        Assert.Equal((7L, 14L, 5L), (group.Blocks, group.Events, group.UnixMinute.Value));
        Assert.Equal<int>(Owing, group.Holders);
    }

    public static TheoryData<int[], int[]> Disagreements => new()
    {
        { [0, 2], [7, 7] },
        { [0, 2, 4], [7, 7, 6] },
        { [0, 2, 3], [7, 7, 7] },
        { [0, 2, 3, 4], [7, 7, 1, 7] },
    };

    [Theory]
    [MemberData(nameof(Disagreements))]
    public void Where_sums_do_not_say_who_holds_what_the_blocks_are_to_be_listed(int[] holders, int[] blocks) =>
        Assert.Null(CopyGrouping.OfAgreed(Owing, 3, [.. holders.Zip(blocks, static (h, b) => Held(h, b))]));

    [Fact]
    public void Listed_blocks_are_grouped_by_who_holds_them()
    {
        var groups = CopyGrouping.OfListed(
            new(5), Owing, 3, [(0, Listed(1)), (2, Listed(1)), (4, Listed(1)), (0, Listed(2)), (3, Listed(2)), (3, Listed(3)), (0, Listed(3)), (0,
                Listed(3))]).ToList();

        Assert.Equal(2, groups.Count);
        Assert.Equal((1L, Adherence.Strict), (groups[0].Blocks, groups[0].Adherence));
        Assert.Equal((2L, 4L, Adherence.UnderReplicated), (groups[1].Blocks, groups[1].Events, groups[1].Adherence));
        Assert.Equal<int>([0, 3], groups[1].Holders);
    }

    private static HeldCopies Held(int peer, int blocks) => new(peer, new BucketSum(new(1), new(5), blocks, 2 * blocks, new EventDigest((UInt128)blocks)));

    private static ListedBlock Listed(int sequence) => new(new BlockId(1, 1, sequence), new(1), default, 2, 100);
}
