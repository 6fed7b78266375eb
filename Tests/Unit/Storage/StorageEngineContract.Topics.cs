using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// Blocks of topics: found by their topic, and compared with none of another.
public abstract partial class StorageEngineContract
{
    private static readonly Topic Orders = Topic.Parse("orders");

    private static readonly BlockRange OrdersOfTheHour =
        new(TestBlocks.Key(0), TestBlocks.Key(3_600_000), [], After: null, MaxBytes: 1 << 20) { Topic = Orders };

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(1_000_000)]
    public async Task Pages_of_a_topic_give_each_of_its_blocks_once_in_order_and_no_other(int maxBytes)
    {
        await using var store = _harness.OpenStore();
        var random = new Random(7);
        var blocks = Enumerable.Range(0, 120).Select(i => (First: random.Next(3_000) * 100, Topic: (i % 4) switch { 0 => "orders", 1 => "order", _ => null }))
            .Select(b => TestBlocks.OfTopic(b.Topic, (TestBlocks.Key(b.First), "x"), (TestBlocks.Key(b.First + 50), "y"))).ToList();
        await AppendAll(store, blocks);
        var (from, to) = (TestBlocks.Key(60_020), TestBlocks.Key(200_000));

        var found = (await ReadPages(store, new BlockRange(from, to, [], null, maxBytes) { Topic = Orders })).SelectMany(page => page).ToList();

        var expected = blocks.Where(b => b.Header.Topic == Orders && b.Header.FirstKey < to && b.Header.LastKey >= from).ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Select(b => b.Header.Id.Sequence).Order(), found.Select(b => b.Header.Id.Sequence).Order());
        Assert.Equal(found.Select(b => b.Header.FirstKey).Order(), found.Select(b => b.Header.FirstKey));
    }

    [Fact]
    public async Task Buckets_of_a_topic_are_its_own_and_all_buckets_are_all()
    {
        await using var store = _harness.OpenStore();
        var (plain, orders, later, other) = (TestBlocks.One(0), TestBlocks.OfTopic("orders", (TestBlocks.Key(1), "one")),
            TestBlocks.OfTopic("orders", (TestBlocks.Key(120_000), "two"), (TestBlocks.Key(120_001), "three")),
            TestBlocks.OfTopic("other", (TestBlocks.Key(2), "one")));
        await AppendAll(store, [plain, orders, later, other]);
        var range = new BucketRange(NoonMinute, NoonMinute + 60, 1_000);
        var ofTopic = await store.ReadBucketsAsync(range with { Topic = Orders }, CancellationToken.None).Soon();
        Assert.Equal([BucketOf(orders), BucketOf(later)], ofTopic.Buckets.AsEnumerable());
        Assert.Equal(NoonMinute + 60, ofTopic.CoveredTo);
        var all = await store.ReadBucketsAsync(range, CancellationToken.None).Soon();
        Assert.Equal(
            new[] { plain, orders, later, other }.Select(BucketOf).OrderBy(b => (b.UnixMinute, b.Copyset)),
            all.Buckets.OrderBy(b => (b.UnixMinute, b.Copyset)));
        var nothing = await store.ReadBucketsAsync(range with { Topic = Topic.Parse("nothing") }, CancellationToken.None).Soon();
        Assert.Empty(nothing.Buckets);
    }

    [Fact]
    public async Task A_store_of_before_there_were_topics_has_nothing_of_any_and_takes_blocks_of_them()
    {
        await using (var before = _harness.OpenStore())
        {
            await AppendAll(before, [TestBlocks.One(0)]);
            Assert.Empty((await before.ReadPageAsync(OrdersOfTheHour, CancellationToken.None).Soon()).Blocks);
            var range = new BucketRange(NoonMinute, NoonMinute + 60, 10) { Topic = Orders };
            Assert.Empty((await before.ReadBucketsAsync(range, CancellationToken.None).Soon()).Buckets);
        }

        var block = TestBlocks.OfTopic("orders", (TestBlocks.Key(5), "late"));
        await using (var store = _harness.OpenStore())
        {
            Assert.Equal(AppendStatus.Stored, (await Append(store, block)).Status);
        }

        await using var again = _harness.OpenStore();
        Assert.Equal(AppendStatus.AlreadyStored, (await Append(again, block)).Status);
        Assert.Equal([block.Header.Id], BlocksOf(await again.ReadPageAsync(OrdersOfTheHour, CancellationToken.None).Soon()).Select(b => b.Header.Id));
        var copysets = await again.ReadCopysetsAsync(NoonMinute, NoonMinute + 1, CancellationToken.None).Soon();
        Assert.Equal([1, 2, 3], copysets.Single(c => c.Id == block.Header.BucketId).Ordinals.AsEnumerable());
    }

    [Fact]
    public async Task Copysets_of_other_minutes_are_not_named()
    {
        await using var store = _harness.OpenStore();
        var (first, second) = (TestBlocks.OfTopic("orders", (TestBlocks.Key(0), "1")), TestBlocks.OfTopic("other", (TestBlocks.Key(60_000), "2")));
        await Append(store, first);
        await Append(store, second);
        foreach (var block in new[] { first, second })
        {
            var minute = block.Header.UnixMinute;
            var named = await store.ReadCopysetsAsync(minute, minute.Next(), CancellationToken.None).Soon();
            Assert.Equal([block.Header.BucketId], named.Select(static c => c.Id));
        }
    }

    [Fact]
    public async Task The_same_bytes_under_another_topic_conflict_with_a_given_key()
    {
        await using var store = _harness.OpenStore();
        var key = TestBlocks.Key(0);
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.OfTopic("orders", given: true, (key, "same")))).Status);
        Assert.Equal(AppendStatus.Conflict, (await Append(store, TestBlocks.OfTopic("other", given: true, (key, "same")))).Status);
        Assert.Equal(AppendStatus.Conflict, (await Append(store, TestBlocks.OfTopic(null, given: true, (key, "same")))).Status);
        var held = await store.LookUpAsync([key], CancellationToken.None).Soon();
        Assert.Equal([EventDigest.Of(key, EventPayload.FromText("same").Bytes, Orders)], held[0].Digests.AsEnumerable());
    }

    [Fact]
    public async Task Blocks_of_topics_stand_the_checks_of_a_scrub()
    {
        await using var store = _harness.OpenStore();
        await AppendAll(store, [TestBlocks.One(0), TestBlocks.OfTopic("orders", (TestBlocks.Key(1), "one"))]);
        Assert.Empty((await Scrub(store, 1 << 20)).SelectMany(page => page.Damage));
    }

    [Fact]
    public async Task A_block_that_is_not_listed_under_its_topic_is_found_and_listed_again()
    {
        var blocks = new[] { TestBlocks.OfTopic("orders", (TestBlocks.Key(0), "one")), TestBlocks.OfTopic("orders", (TestBlocks.Key(60_000), "two")) };
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, blocks);
        }

        _harness.ForgetTopics(NoonInterval);
        await using var again = _harness.OpenStore();
        Assert.Empty((await again.ReadPageAsync(OrdersOfTheHour, CancellationToken.None).Soon()).Blocks);
        Assert.Equal(2, (await Scrub(again, 1 << 20)).SelectMany(page => page.Damage).Count(d => d.Contains("orders", StringComparison.Ordinal)));

        Assert.NotNull(await Verify(again, NoonInterval, isComplete: true));
        Assert.Null(await Verify(again, NoonInterval, isComplete: true));
        var found = BlocksOf(await again.ReadPageAsync(OrdersOfTheHour, CancellationToken.None).Soon());
        Assert.Equal(blocks.Select(b => b.Header.Id), found.Select(b => b.Header.Id));
    }

    private static BucketSum BucketOf(Block block) =>
        new(block.Header.BucketId, block.Header.UnixMinute, 1, block.Header.EventCount, block.Header.EventDigestSum);
}
