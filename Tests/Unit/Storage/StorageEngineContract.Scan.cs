using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// Reading in pages: blocks of a range, buckets of whole minutes.
public abstract partial class StorageEngineContract
{
    private static readonly UnixMinute NoonMinute = UnixMinute.OfUnixMilliseconds(TestBlocks.Noon);

    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(1_000_000)]
    public async Task Pages_of_any_size_give_each_block_of_a_range_once_in_order(int maxBytes)
    {
        var random = new Random(5);
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 150).Select(_ => RandomBlock(random, [])).Append(TestBlocks.One(Hour)).Append(TestBlocks.One(Hour + 1))
            .ToList();
        await AppendAll(store, blocks);
        var (from, to) = (TestBlocks.Key(20_000), TestBlocks.Key(Hour + 1));
        var expected = blocks.Where(b => b.Header.FirstKey < to && b.Header.LastKey >= from).ToList();

        var pages = await ReadPages(store, new BlockRange(from, to, [], null, maxBytes));

        var found = pages.SelectMany(page => page).ToList();
        Assert.Equal(expected.Select(b => b.Header.Id.Sequence).Order(), found.Select(b => b.Header.Id.Sequence).Order());
        Assert.Equal(found.Select(b => (b.Header.FirstKey, b.Header.LastKey)).Order(), found.Select(b => (b.Header.FirstKey, b.Header.LastKey)));
        Assert.All(pages, page => Assert.True(
            page.Count <= 1 || page.Sum(b => b.Bytes.Bytes.Length) <= maxBytes, "a page is larger than it may be"));
    }

    [Fact]
    public async Task A_range_of_some_copysets_leaves_the_other_blocks_out()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 30)
            .Select(i => TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(i), "x")], copyset: [1, 2 + (i % 3)])).ToList();
        await AppendAll(store, blocks);
        var wanted = new[] { blocks[0].Header.Copyset.Id, blocks[2].Header.Copyset.Id };
        var pages = await ReadPages(store, new BlockRange(TestBlocks.Key(0), TestBlocks.Key(1_000), [.. wanted], null, 400));
        Assert.Equal(
            blocks.Where(b => wanted.Contains(b.Header.Copyset.Id)).Select(b => b.Header.Id), pages.SelectMany(page => page).Select(b => b.Header.Id));
    }

    [Fact]
    public async Task A_walk_goes_on_behind_its_last_block_whatever_is_appended_meanwhile()
    {
        await using var store = _harness.OpenStore();
        await AppendAll(store, Enumerable.Range(0, 10).Select(i => TestBlocks.One(i * 10)));
        var range = new BlockRange(TestBlocks.Key(0), TestBlocks.Key(1_000), [], null, 1);
        var first = await store.ReadPageAsync(range, CancellationToken.None).Soon();
        await AppendAll(store, [TestBlocks.One(5, "ahead"), TestBlocks.One(95, "ahead, too")]);
        var rest = await ReadPages(store, range with { After = first.Next });
        Assert.Equal(
            [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95],
            rest.SelectMany(page => page).Select(b => b.Header.FirstKey.UnixMilliseconds - TestBlocks.Noon));
    }

    [Fact]
    public async Task A_damaged_block_is_named_in_its_page_with_its_copyset_and_keys()
    {
        var damaged = TestBlocks.Of((TestBlocks.Key(2), "lost"), (TestBlocks.Key(7), "lost too"));
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), damaged, TestBlocks.One(9)]);
        }

        _harness.Damage(damaged.Header.Id);
        await using var again = _harness.OpenStore();
        var page = await again.ReadPageAsync(
            new BlockRange(TestBlocks.Key(0), TestBlocks.Key(1_000), [], null, 1_000_000), CancellationToken.None).Soon();
        var named = Assert.Single(page.Damaged);
        Assert.Equal((damaged.Header.Copyset.Id, TestBlocks.Key(2), TestBlocks.Key(7)), (named.Copyset, named.First, named.Last));
        Assert.Equal(2, BlocksOf(page).Count);
    }

    [Fact]
    public async Task Buckets_come_in_whole_minutes_and_say_how_far_they_reach()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 90).Select(i => TestBlocks.Form(
            TestBlocks.NewId(), given: false, [(TestBlocks.Key(i / 3 * 240_000), $"payload {i}")], copyset: [1, 2 + (i % 3)])).ToList();
        await AppendAll(store, blocks);
        var (from, to) = (NoonMinute + 4, NoonMinute + 81);
        var found = new List<BucketSum>();
        for (var next = from; next < to;)
        {
            var page = await store.ReadBucketsAsync(new BucketRange(next, to, 7), CancellationToken.None).Soon();
            Assert.InRange(page.CoveredTo.Value, next.Value + 1, to.Value);
            Assert.All(page.Buckets, bucket => Assert.InRange(bucket.UnixMinute.Value, next.Value, page.CoveredTo.Value - 1));
            found.AddRange(page.Buckets);
            next = page.CoveredTo;
        }

        var expected = blocks.Where(b => b.Header.UnixMinute >= from && b.Header.UnixMinute < to)
            .Select(b => new BucketSum(b.Header.Copyset.Id, b.Header.UnixMinute, 1, 1, b.Header.EventDigestSum));
        Assert.Equal(expected.OrderBy(b => (b.UnixMinute, b.Copyset)), found.OrderBy(b => (b.UnixMinute, b.Copyset)));
        Assert.Equal(found.Select(b => b.UnixMinute).Order(), found.Select(b => b.UnixMinute));
    }

    private static async Task<List<List<Block>>> ReadPages(IReplicaStore store, BlockRange range)
    {
        var pages = new List<List<Block>>();
        do
        {
            var page = await store.ReadPageAsync(range, CancellationToken.None).Soon();
            pages.Add(BlocksOf(page));
            range = range with { After = page.Next };
        }
        while (range.After is not null);
        return pages;
    }

    private static List<Block> BlocksOf(BlockPage page)
    {
        var blocks = new List<Block>();
        for (var rest = page.Blocks.AsSpan(); rest.Length > 0;)
        {
            var length = BlockCodec.LengthOf(rest);
            blocks.Add(BlockCodec.Decode(rest[..length].ToArray()));
            rest = rest[length..];
        }

        return blocks;
    }

    private static Task<BucketPage> ReadBuckets(IReplicaStore store, UnixMinute fromMinute, UnixMinute toMinute) =>
        store.ReadBucketsAsync(new BucketRange(fromMinute, toMinute, 10_000), CancellationToken.None).Soon();
}
