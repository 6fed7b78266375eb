using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Simulation.Storage;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// Blocks of late events: listed by the positions at which readers that follow are given them.
public abstract partial class StorageEngineContract
{
    private const long DayMilliseconds = 86_400_000;
    private const long HourMilliseconds = 3_600_000;

    [Fact]
    public async Task Late_blocks_are_listed_by_arrival_whatever_their_keys_and_intervals()
    {
        await using var store = _harness.OpenStore();
        var first = TestBlocks.Late(TestBlocks.Key(500_000), null, (TestBlocks.Key(90_000), "a"), (TestBlocks.Key(90_001), "b"));
        var second = TestBlocks.Late(TestBlocks.Key(500_000, sequence: 2), "orders", (TestBlocks.Key(0), "c"));
        var ofBefore = TestBlocks.Late(TestBlocks.Key(500_001), null, (TestBlocks.Key(-HourMilliseconds), "d"));
        await AppendAll(store, [TestBlocks.One(1), ofBefore, second, TestBlocks.Given((TestBlocks.Key(2), "not late")), first]);

        Assert.Equal(new[] { first, second, ofBefore }.Select(LateOf), await ListLate(store, TestBlocks.Key(0), TestBlocks.Key(500_001)));
        Assert.Equal([LateOf(second), LateOf(ofBefore)], await ListLate(store, TestBlocks.Key(500_000, sequence: 1), EventKey.MaxValue));
        Assert.Equal([LateOf(first)], await ListLate(store, TestBlocks.Key(500_000), TestBlocks.Key(500_000, sequence: 1)));
        Assert.Empty(await ListLate(store, TestBlocks.Key(500_001), EventKey.MaxValue));
    }

    [Fact]
    public async Task A_list_that_would_be_too_long_says_up_to_where_it_is_whole()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 7)
            .Select(i => TestBlocks.Late(TestBlocks.Key(500_000 + i), null, (TestBlocks.Key(i % 2 == 0 ? i : i - HourMilliseconds), "x"))).ToArray();
        await AppendAll(store, blocks);

        var (found, answers) = await ListAllLate(store, 3);
        Assert.Equal(blocks.Select(LateOf), found);
        Assert.Equal(3, answers);
    }

    [Fact]
    public async Task A_store_of_many_intervals_answers_for_some_of_them_at_a_time()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 40)
            .Select(i => i * DayMilliseconds)
            .Select(day => TestBlocks.Late(TestBlocks.Key(day + 500_000), null, (TestBlocks.Key(day), "x"))).ToArray();
        await AppendAll(store, blocks);

        Assert.Equal(blocks.Select(LateOf), (await ListAllLate(store, 1_000)).Blocks);
    }

    [Fact]
    public async Task What_arrives_long_after_its_interval_is_listed_too_and_after_a_restart()
    {
        var days = Enumerable.Range(0, 40).Select(i => i * DayMilliseconds)
            .Select(day => TestBlocks.Late(TestBlocks.Key(day + 500_000), null, (TestBlocks.Key(day), "x"))).ToArray();
        var stragglers = new[] { 1L, 5, 38 }.Select(day => TestBlocks.Late(
            TestBlocks.Key((39 * DayMilliseconds) + 600_000 + day), null, (TestBlocks.Key((day * DayMilliseconds) + 1), "late"))).ToArray();
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [.. days, .. stragglers]);
            Assert.Equal(stragglers.Select(LateOf), await ListLate(store, TestBlocks.Key((39 * DayMilliseconds) + 550_000), EventKey.MaxValue));
        }

        await using var again = _harness.OpenStore();
        Assert.Equal(stragglers.Select(LateOf), await ListLate(again, TestBlocks.Key((39 * DayMilliseconds) + 550_000), EventKey.MaxValue));
        Assert.Equal([.. days.Select(LateOf), .. stragglers.Select(LateOf)], (await ListAllLate(again, 1_000)).Blocks);
    }

    [Fact]
    public async Task A_store_of_before_there_were_late_events_has_none_and_takes_them()
    {
        await using (var before = _harness.OpenStore())
        {
            await AppendAll(before, [TestBlocks.One(0), TestBlocks.OfTopic("orders", (TestBlocks.Key(1), "x"))]);
            Assert.Empty(await ListLate(before, default, EventKey.MaxValue));
        }

        var block = TestBlocks.Late(TestBlocks.Key(500_000), "orders", (TestBlocks.Key(5), "late"));
        await using (var store = _harness.OpenStore())
        {
            Assert.Equal(AppendStatus.Stored, (await Append(store, block)).Status);
            Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.OfTopic("orders", (TestBlocks.Key(2), "y")))).Status);
        }

        await using var again = _harness.OpenStore();
        Assert.Equal(AppendStatus.AlreadyStored, (await Append(again, block)).Status);
        Assert.Equal([LateOf(block)], await ListLate(again, default, EventKey.MaxValue));
        Assert.Equal(["late"], await Read(again, TestBlocks.Key(5)));
        var copysets = await again.ReadCopysetsAsync(NoonMinute, NoonMinute + 1, CancellationToken.None).Soon();
        Assert.Equal([1, 2, 3], copysets.Single(c => c.Id == block.Header.BucketId).Ordinals.AsEnumerable());
        Assert.Equal(3, BlocksOf(await again.ReadPageAsync(OrdersOfTheHour, CancellationToken.None).Soon()).Count);
        Assert.Empty((await Scrub(again, 1 << 20)).SelectMany(page => page.Damage));
    }

    [Fact]
    public async Task A_late_event_is_the_same_event_as_one_that_is_not()
    {
        await using var store = _harness.OpenStore();
        var key = TestBlocks.Key(0);
        await Append(store, TestBlocks.Given((key, "same")));
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.Late(TestBlocks.Key(500_000), null, (key, "same")))).Status);
        Assert.Equal(AppendStatus.Conflict, (await Append(store, TestBlocks.Late(TestBlocks.Key(500_001), null, (key, "other")))).Status);
        Assert.Equal(["same"], await Read(store, key));
    }

    [Fact]
    public async Task A_late_block_that_is_not_listed_is_found_and_listed_again()
    {
        var blocks = new[]
        {
            TestBlocks.Late(TestBlocks.Key(500_000), null, (TestBlocks.Key(0), "one"), (TestBlocks.Key(1), "two")),
            TestBlocks.Late(TestBlocks.Key(500_009), "orders", (TestBlocks.Key(60_000), "three")),
        };
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, blocks);
        }

        _harness.ForgetLate(NoonInterval);
        await using var again = _harness.OpenStore();
        Assert.Empty(await ListLate(again, default, EventKey.MaxValue));
        Assert.Equal(2, (await Scrub(again, 1 << 20)).SelectMany(page => page.Damage).Count(d => d.Contains("arrival", StringComparison.Ordinal)));

        Assert.NotNull(await Verify(again, NoonInterval, isComplete: true));
        Assert.Null(await Verify(again, NoonInterval, isComplete: true));
        Assert.Equal(blocks.Select(LateOf), await ListLate(again, default, EventKey.MaxValue));
    }

    [Fact]
    public async Task What_may_have_been_lost_is_named_with_the_late_blocks()
    {
        var block = TestBlocks.Late(TestBlocks.Key(500_000), null, (TestBlocks.Key(0), "one"));
        await using (var store = _harness.OpenStore())
        {
            await Append(store, block);
        }

        _harness.LoseInterval(NoonInterval);
        await using var again = _harness.OpenStore();
        Assert.Equal([NoonInterval], (await ReadLate(again, new LateRange(TestBlocks.Key(499_999), EventKey.MaxValue, 10))).Damaged.Select(d => d.Interval));
        Assert.Empty((await ReadLate(again, new LateRange(TestBlocks.Key(10 * DayMilliseconds), EventKey.MaxValue, 10))).Damaged);
    }

    private static LateBlock LateOf(Block block) => block.ToLate();

    private static async Task<LateBlock[]> ListLate(IReplicaStore store, EventKey after, EventKey upTo)
    {
        var late = (await ReadLate(store, new LateRange(after, upTo, 1_000))).Late!;
        Assert.Equal(upTo, late.UpTo);
        return [.. late.Blocks];
    }

    private static async Task<(List<LateBlock> Blocks, int Answers)> ListAllLate(IReplicaStore store, int most)
    {
        var (after, found, answers) = (TestBlocks.Key(0), new List<LateBlock>(), 0);
        for (; after < EventKey.MaxValue; answers++)
        {
            var late = (await ReadLate(store, new LateRange(after, EventKey.MaxValue, most))).Late!;
            Assert.True(late.UpTo > after);
            after = late.UpTo;
            found.AddRange(late.Blocks);
        }

        return (found, answers);
    }

    private static Task<BucketPage> ReadLate(IReplicaStore store, LateRange range) =>
        store.ReadBucketsAsync(BucketRange.OfLate(range), CancellationToken.None).Soon();
}
