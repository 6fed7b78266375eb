using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// The life of an interval: open, closed, lost.
public abstract partial class StorageEngineContract
{
    private const long Hour = 3_600_000;

    [Fact]
    public async Task Intervals_are_described_with_what_is_held_of_them()
    {
        var blocks = new[] { TestBlocks.One(0), TestBlocks.Of((TestBlocks.Key(1), "a"), (TestBlocks.Key(2), "b")), TestBlocks.One(Hour) };
        await using (var store = _harness.OpenStore())
        {
            Assert.Empty(await Describe(store));
            await AppendAll(store, blocks);
            CheckDescription(await Describe(store), blocks);
        }

        await using var again = _harness.OpenStore();
        CheckDescription(await Describe(again), blocks);
    }

    [Fact]
    public async Task A_closed_interval_takes_no_puts_and_is_read_like_an_open_one()
    {
        var held = TestBlocks.Of((TestBlocks.Key(0), "first"), (TestBlocks.Key(7), "second"));
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [held, TestBlocks.One(Hour)]);
            var closed = await Close(store, NoonInterval);
            Assert.NotNull(closed);
            Assert.Equal((IntervalState.Closed, 1L, 2L, null), (closed.State, closed.Blocks, closed.Events, closed.Damage));
            Assert.Equal(held.Header.EventDigestSum, closed.DigestSum);
            Assert.True(closed.Bytes > 0, "nothing is on disk");
            await CheckThatItIsClosed(store, held);
        }

        await using var again = _harness.OpenStore();
        await CheckThatItIsClosed(again, held);
    }

    [Fact]
    public async Task Closing_again_is_no_change()
    {
        await using (var store = _harness.OpenStore())
        {
            await Append(store, TestBlocks.One(0));
            Assert.Equal(await Close(store, NoonInterval), await Close(store, NoonInterval));
            Assert.Equal(await Close(store, NoonInterval), Assert.Single(await Describe(store)));
        }

        await using var again = _harness.OpenStore();
        var described = Assert.Single(await Describe(again));
        Assert.Equal(IntervalState.Closed, described.State);
        Assert.Equal(described, await Close(again, NoonInterval));
        Assert.Equal((1, 1), (again.Statistics.Blocks, again.Statistics.Events));
    }

    [Fact]
    public async Task Of_an_interval_without_blocks_there_is_nothing_to_close()
    {
        await using var store = _harness.OpenStore();
        Assert.Null(await Close(store, NoonInterval));
        Assert.Empty(store.Intervals);
    }

    [Fact]
    public async Task What_is_answered_stored_while_an_interval_is_closed_is_counted_in_it()
    {
        await using var store = _harness.OpenStore(new StorageOptions { MaxBlocksPerTransaction = 5 });
        await Append(store, TestBlocks.One(0));
        var before = Enumerable.Range(1, 100).Select(i => store.AppendAsync(TestBlocks.One(i))).ToList();
        var closing = store.CloseIntervalAsync(NoonInterval, CancellationToken.None);
        var after = Enumerable.Range(101, 100).Select(i => store.AppendAsync(TestBlocks.One(i))).ToList();
        var replies = await Task.WhenAll(before.Concat(after)).Soon();
        var closed = await closing.Soon();

        Assert.All(replies, reply => Assert.Contains(reply.Status, new[] { AppendStatus.Stored, AppendStatus.IntervalNotOpen }));
        Assert.Equal(1 + replies.Count(reply => reply.Status == AppendStatus.Stored), closed!.Blocks);
        Assert.Equal(closed.Blocks, (await Walk(store, NoonInterval)).Count);
        Assert.Equal(AppendStatus.IntervalNotOpen, (await Append(store, TestBlocks.One(300))).Status);
    }

    [Fact]
    public async Task An_interval_is_closed_while_it_is_read()
    {
        await using var store = _harness.OpenStore();
        await AppendAll(store, Enumerable.Range(0, 200).Select(i => TestBlocks.One(i)));
        await Read(store, TestBlocks.Key(3));
        var closing = store.CloseIntervalAsync(NoonInterval, CancellationToken.None);
        do
        {
            Assert.Equal(200, (await Walk(store, NoonInterval)).Count);
            Assert.Equal(["one"], await Read(store, TestBlocks.Key(3)));
        }
        while (!closing.IsCompleted);

        Assert.Equal(200, (await closing)!.Blocks);
        Assert.Equal(200, (await Walk(store, NoonInterval)).Count);
    }

    [Fact]
    public async Task An_interval_whose_closing_failed_is_closed_after_a_restart()
    {
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), TestBlocks.One(1)]);
            _harness.FailFlushes();
            await Assert.ThrowsAsync<ReplicaStoreException>(() => Close(store, NoonInterval));
            Assert.NotEqual(AppendStatus.Stored, (await Append(store, TestBlocks.One(2))).Status);
            Assert.Equal(["one"], await Read(store, TestBlocks.Key(1)));
        }

        _harness.Mend();
        await using var again = _harness.OpenStore();
        Assert.Equal((IntervalState.Closed, 2L), (await Close(again, NoonInterval)) is { } closed ? (closed.State, closed.Blocks) : default);
        Assert.Equal(["one"], await Read(again, TestBlocks.Key(0)));
        Assert.Equal(AppendStatus.Stored, (await Append(again, TestBlocks.One(Hour))).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_interval_that_was_lost_is_reported_and_the_others_go_on(bool closed)
    {
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), TestBlocks.One(Hour)]);
            if (closed)
            {
                await Close(store, NoonInterval);
            }
        }

        _harness.LoseInterval(NoonInterval);
        for (var restarts = 0; restarts < 2; restarts++)
        {
            await using var again = _harness.OpenStore();
            await CheckThatNoonIsReported(again);
            Assert.Equal(["one"], await Read(again, TestBlocks.Key(Hour)));
            Assert.Equal(AppendStatus.Stored, (await Append(again, TestBlocks.One(Hour + 10 + restarts))).Status);
            var late = (await Append(again, TestBlocks.One(10 + restarts))).Status;
            Assert.Equal(closed ? AppendStatus.IntervalNotOpen : AppendStatus.Stored, late);
        }
    }

    private static async Task CheckThatNoonIsReported(IReplicaStore store)
    {
        Assert.Equal([NoonInterval, NoonInterval.Next], store.Intervals.ToList());
        Assert.Equal(1, store.Statistics.DamagedIntervals);
        var described = await Describe(store);
        Assert.Equal([true, false], described.Select(interval => interval.Damage is not null));
        var page = await ReadBuckets(store, NoonMinute, NoonMinute + 120);
        Assert.Equal(NoonInterval, Assert.Single(page.Damaged).Interval);
        Assert.Empty((await ReadBuckets(store, NoonMinute + 60, NoonMinute + 120)).Damaged);

        // "Nothing is held" would be believed.
        await Assert.ThrowsAsync<ReplicaStoreException>(() => Read(store, TestBlocks.Key(0)));
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.LookUpAsync([TestBlocks.Key(0)], CancellationToken.None));
    }

    private static async Task CheckThatItIsClosed(IReplicaStore store, Block held)
    {
        Assert.Equal([IntervalState.Closed, IntervalState.Open], (await Describe(store)).Select(interval => interval.State));
        var refused = await Append(store, TestBlocks.One(5));
        Assert.Equal(AppendStatus.IntervalNotOpen, refused.Status);
        Assert.Contains(NoonInterval.ToString(), refused.Reason, StringComparison.Ordinal);
        Assert.Equal(AppendStatus.AlreadyStored, (await Append(store, held)).Status);
        Assert.Equal(AppendStatus.AlreadyStored, (await Append(store, held)).Status);

        Assert.Equal(["second"], await Read(store, TestBlocks.Key(7)));
        Assert.Empty(await Read(store, TestBlocks.Key(5)));
        Assert.Equal(held.Header.Id, Assert.Single(await Walk(store, NoonInterval)).Header.Id);
        var found = await store.LookUpAsync([TestBlocks.Key(0)], CancellationToken.None).Soon();
        Assert.Equal(DigestOf(TestBlocks.Key(0), "first"), Assert.Single(Assert.Single(found).Digests));
        var buckets = await ReadBuckets(store, NoonMinute, NoonMinute + 1);
        Assert.Equal(held.Header.EventDigestSum, Assert.Single(buckets.Buckets).DigestSum);
        Assert.False(store.IsReadOnly);
    }

    private static void CheckDescription(IReadOnlyList<StoredInterval> described, Block[] blocks)
    {
        var expected = blocks.GroupBy(block => Interval.Containing(block.Header.FirstKey.UnixMilliseconds, TimeSpan.FromHours(1)))
            .Select(group => (group.Key, IntervalState.Open, (long)group.Count(), group.Sum(block => (long)block.Header.EventCount),
                group.Aggregate(default(EventDigest), (sum, block) => sum + block.Header.EventDigestSum), (string?)null));
        Assert.Equal(expected, described.Select(d => (d.Interval, d.State, d.Blocks, d.Events, d.DigestSum, d.Damage)));
        Assert.All(described, d => Assert.True(d.Bytes > 0 && d.Location.Length > 0, $"{d.Interval} lies nowhere"));
    }

    private static async Task<IReadOnlyList<StoredInterval>> Describe(IReplicaStore store) =>
        await store.DescribeIntervalsAsync(CancellationToken.None).Soon();

    private static Task<StoredInterval?> Close(IReplicaStore store, Interval interval) =>
        store.CloseIntervalAsync(interval, CancellationToken.None).Soon();
}
