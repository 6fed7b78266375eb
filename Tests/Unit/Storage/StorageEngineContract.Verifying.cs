using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// Intervals that repair completes, closed ones too, and that are checked again when it has.
public abstract partial class StorageEngineContract
{
    [Fact]
    public async Task Repair_completes_a_closed_interval_which_still_takes_no_puts_and_is_closed_again_when_it_is_verified()
    {
        var held = TestBlocks.Of((TestBlocks.Key(0), "first"), (TestBlocks.Key(7), "second"));
        var missing = Enumerable.Range(0, 5).Select(i => TestBlocks.One(60_000 + i, "missed")).ToList();
        await using (var store = _harness.OpenStore())
        {
            await Append(store, held);
            var before = await Close(store, NoonInterval);
            foreach (var block in missing)
            {
                Assert.Equal(AppendStatus.Stored, (await Restore(store, block)).Status);
                Assert.Equal(AppendStatus.IntervalNotOpen, (await Append(store, TestBlocks.One(500))).Status);
            }

            foreach (var block in missing.Append(held))
            {
                Assert.Equal(AppendStatus.AlreadyStored, (await Restore(store, block)).Status);
            }

            CheckCompleted(Assert.Single(await Describe(store)));
            Assert.Null(await Verify(store, NoonInterval, isComplete: false));
            CheckCompleted(Assert.Single(await Describe(store)));
            Assert.True(before!.DigestSum != (await Describe(store))[0].DigestSum, "nothing was added");
            Assert.Equal(AppendStatus.AlreadyStored, (await Append(store, missing[0])).Status);
        }

        await using var again = _harness.OpenStore();
        CheckCompleted(Assert.Single(await Describe(again)));
        Assert.Equal(["missed"], await Read(again, TestBlocks.Key(60_004)));
        Assert.Equal(AppendStatus.IntervalNotOpen, (await Append(again, TestBlocks.One(501))).Status);
        Assert.Equal((6, 7), (again.Statistics.Blocks, again.Statistics.Events));

        void CheckCompleted(StoredInterval described)
        {
            var all = missing.Append(held).ToList();
            var sum = all.Aggregate(default(EventDigest), (digests, block) => digests + block.Header.EventDigestSum);
            Assert.Equal(
                (IntervalState.Closed, 6L, 7L, sum, null),
                (described.State, described.Blocks, described.Events, described.DigestSum, described.Damage));
        }
    }

    [Fact]
    public async Task Repair_completes_an_interval_of_which_nothing_was_held()
    {
        await using (var store = _harness.OpenStore())
        {
            Assert.Equal(AppendStatus.Stored, (await Restore(store, TestBlocks.One(0))).Status);
            Assert.Null(await Verify(store, NoonInterval, isComplete: true));
            Assert.Equal(IntervalState.Open, Assert.Single(await Describe(store)).State);
            Assert.Null(await Verify(store, NoonInterval.Next, isComplete: true));
        }

        await using var again = _harness.OpenStore();
        Assert.Equal(["one"], await Read(again, TestBlocks.Key(0)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_block_is_no_longer_noted_when_it_is_mended_and_the_interval_verified(bool closed)
    {
        var damaged = TestBlocks.One(60_000, "mended");
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), damaged]);
            if (closed)
            {
                await Close(store, NoonInterval);
            }
        }

        _harness.Damage(damaged.Header.Id);
        await using (var found = _harness.OpenStore())
        {
            await Scrub(found, 1_000);
            Assert.Single(found.DamagedEntries);
            Assert.Contains(damaged.Header.Id.ToString(), await Verify(found, NoonInterval, isComplete: true), StringComparison.Ordinal);
            Assert.Single(found.DamagedEntries);
            Assert.Equal(AppendStatus.Stored, (await Restore(found, damaged)).Status);
            Assert.Null(await Verify(found, NoonInterval, isComplete: true));
            Assert.Null(Assert.Single(await Describe(found)).Damage);
        }

        await using var again = _harness.OpenStore();
        var described = Assert.Single(await Describe(again));
        Assert.Equal((closed ? IntervalState.Closed : IntervalState.Open, 2L, null), (described.State, described.Blocks, described.Damage));
        Assert.Empty((await Scrub(again, 1_000)).SelectMany(page => page.Damage));
        Assert.Equal(["mended"], await Read(again, TestBlocks.Key(60_000)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Buckets_that_are_not_the_sum_of_their_blocks_are_counted_afresh_and_believed_when_all_has_been_compared_anew(bool closed)
    {
        var blocks = new[] { TestBlocks.One(0), TestBlocks.One(60_000), TestBlocks.One(120_000) };
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, blocks);
            if (closed)
            {
                await Close(store, NoonInterval);
            }
        }

        var rows = _harness.ReadBuckets(NoonInterval).OrderBy(row => row.Minute).ToList();
        _harness.DeleteBucket(NoonInterval, rows[0].Copyset, rows[0].Minute);
        _harness.WriteBucket(NoonInterval, rows[1] with { Events = 2 });
        _harness.WriteBucket(NoonInterval, rows[2] with { Minute = rows[2].Minute + 5 });
        await using (var found = _harness.OpenStore())
        {
            await Scrub(found, 100_000_000);
            Assert.NotEmpty((await ReadBuckets(found, NoonMinute, NoonMinute + 60)).Damaged);
            var cursor = (await Changes(found, default)).Next;
            Assert.NotNull(await Verify(found, NoonInterval, isComplete: true));
            Assert.False((await Changes(found, cursor)).IsComplete);
            Assert.Null(await Verify(found, NoonInterval, isComplete: true));
            Assert.Empty((await ReadBuckets(found, NoonMinute, NoonMinute + 60)).Damaged);
        }

        Assert.Equal(rows, _harness.ReadBuckets(NoonInterval).OrderBy(row => row.Minute));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_interval_is_whole_again_when_repair_has_brought_it_back_and_nothing_is_missing(bool closed)
    {
        var block = TestBlocks.One(0);
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [block, TestBlocks.One(Hour)]);
            if (closed)
            {
                await Close(store, NoonInterval);
            }
        }

        _harness.LoseInterval(NoonInterval);
        await using (var found = _harness.OpenStore())
        {
            Assert.Equal(AppendStatus.Stored, (await Restore(found, block)).Status);
            Assert.NotNull(await Verify(found, NoonInterval, isComplete: false));
            Assert.Equal(1, found.Statistics.DamagedIntervals);
            Assert.Null(await Verify(found, NoonInterval, isComplete: true));
            Assert.Equal(0, found.Statistics.DamagedIntervals);
            Assert.Empty(await Read(found, TestBlocks.Key(5)));
        }

        await using var again = _harness.OpenStore();
        var described = (await Describe(again))[0];
        Assert.Equal((closed ? IntervalState.Closed : IntervalState.Open, 1L, null), (described.State, described.Blocks, described.Damage));
        Assert.Equal(["one"], await Read(again, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task A_full_disk_while_a_closed_interval_is_completed_loses_nothing_that_was_answered()
    {
        var (held, first, second) = (TestBlocks.One(0), TestBlocks.One(1), TestBlocks.One(2, new string('x', 20_000)));
        await using (var store = _harness.OpenStore())
        {
            await Append(store, held);
            await Close(store, NoonInterval);
            Assert.Equal(AppendStatus.Stored, (await Restore(store, first)).Status);
            _harness.FillDisk();
            Assert.Contains((await Restore(store, second)).Status, new[] { AppendStatus.Failed, AppendStatus.ReadOnly });
            await store.BecameReadOnly.Soon();
        }

        _harness.Mend();
        await using var again = _harness.OpenStore();
        Assert.Null(await Verify(again, NoonInterval, isComplete: true));
        Assert.Equal([AppendStatus.AlreadyStored, AppendStatus.AlreadyStored, AppendStatus.Stored],
            [(await Restore(again, held)).Status, (await Restore(again, first)).Status, (await Restore(again, second)).Status]);
        Assert.Null(await Verify(again, NoonInterval, isComplete: true));
        Assert.Equal((IntervalState.Closed, 3L), ((await Describe(again))[0].State, (await Describe(again))[0].Blocks));
    }

    [Fact]
    public async Task A_closed_interval_is_verified_while_it_is_completed_and_read()
    {
        await using (var store = _harness.OpenStore())
        {
            await Append(store, TestBlocks.One(0));
            await Close(store, NoonInterval);
            var completing = Task.Run(async () =>
            {
                for (var i = 1; i <= 100; i++)
                {
                    Assert.Equal(AppendStatus.Stored, (await Restore(store, TestBlocks.One(i))).Status);
                }
            });
            do
            {
                await Verify(store, NoonInterval, isComplete: false);
                Assert.Equal(["one"], await Read(store, TestBlocks.Key(0)));
            }
            while (!completing.IsCompleted);

            await completing;
            Assert.Null(await Verify(store, NoonInterval, isComplete: false));
            Assert.Equal(101, (await Describe(store))[0].Blocks);
        }

        await using var again = _harness.OpenStore();
        Assert.Equal((101L, null), ((await Describe(again))[0].Blocks, (await Describe(again))[0].Damage));
        Assert.Equal(101, (await Walk(again, NoonInterval)).Count);
    }
}
