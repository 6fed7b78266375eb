using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>What every engine promises, seen through the store over it. A new engine derives from this and runs the same cases.</summary>
public abstract partial class StorageEngineContract : IDisposable
{
    private readonly IStorageEngineHarness _harness;

    private protected StorageEngineContract(IStorageEngineHarness harness) => _harness = harness;

    public void Dispose()
    {
        _harness.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_stored_block_is_there_after_the_store_is_opened_again()
    {
        var block = TestBlocks.Of((TestBlocks.Key(0), "first"), (TestBlocks.Key(7), "second"));
        await using (var store = _harness.OpenStore())
        {
            Assert.Equal(AppendStatus.Stored, (await Append(store, block)).Status);
        }

        await using var again = _harness.OpenStore();
        Assert.Equal(["first"], await Read(again, TestBlocks.Key(0)));
        Assert.Equal(["second"], await Read(again, TestBlocks.Key(7)));
        Assert.Equal((1, 2), (again.Statistics.Blocks, again.Statistics.Events));
        Assert.True(again.Statistics.Bytes > 0, "the files are empty");
    }

    [Fact]
    public async Task The_same_block_again_is_already_stored()
    {
        var block = TestBlocks.One(0);
        await using (var store = _harness.OpenStore())
        {
            await Append(store, block);
            Assert.Equal(AppendStatus.AlreadyStored, (await Append(store, block)).Status);
        }

        await using var again = _harness.OpenStore();
        Assert.Equal(AppendStatus.AlreadyStored, (await Append(again, block)).Status);
        Assert.Equal(1, again.Statistics.Blocks);
    }

    [Fact]
    public async Task The_same_block_twice_at_once_is_stored_once()
    {
        var block = TestBlocks.One(0);
        await using var store = _harness.OpenStore();
        var replies = await AppendAll(store, Enumerable.Repeat(block, 20));
        Assert.Single(replies, reply => reply.Status == AppendStatus.Stored);
        Assert.Equal(19, replies.Count(reply => reply.Status == AppendStatus.AlreadyStored));
        Assert.Equal(1, store.Statistics.Blocks);
    }

    [Fact]
    public async Task The_same_id_with_other_bytes_raises_an_alarm_and_changes_nothing()
    {
        var id = TestBlocks.NewId();
        await using var store = _harness.OpenStore();
        await Append(store, TestBlocks.Form(id, given: false, [(TestBlocks.Key(0), "first")]));
        var reply = await Append(store, TestBlocks.Form(id, given: false, [(TestBlocks.Key(0), "other")]));
        Assert.Equal(AppendStatus.Invalid, reply.Status);
        Assert.Contains(id.ToString(), reply.Reason, StringComparison.Ordinal);
        Assert.Equal(1, store.Statistics.IdAlarms);
        Assert.Equal(["first"], await Read(store, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task A_given_key_that_is_held_with_other_bytes_is_a_conflict_and_nothing_is_written()
    {
        await using var store = _harness.OpenStore();
        await Append(store, TestBlocks.Of((TestBlocks.Key(5), "stands")));
        var offered = TestBlocks.Given((TestBlocks.Key(4), "new"), (TestBlocks.Key(5), "other"), (TestBlocks.Key(6), "new"));
        var reply = await Append(store, offered);
        Assert.Equal(AppendStatus.Conflict, reply.Status);
        var (held, other) = (DigestOf(TestBlocks.Key(5), "stands"), DigestOf(TestBlocks.Key(5), "other"));
        Assert.Equal(new KeyConflict(TestBlocks.Key(5), held, other), reply.Conflict);
        Assert.Equal(["stands"], await Read(store, TestBlocks.Key(5)));
        Assert.Empty(await Read(store, TestBlocks.Key(4)));
        Assert.Equal(1, store.Statistics.Blocks);
    }

    [Fact]
    public async Task A_given_key_that_is_held_with_the_same_bytes_is_stored_and_read_once()
    {
        await using var store = _harness.OpenStore();
        await Append(store, TestBlocks.Of((TestBlocks.Key(5), "same")));
        var reply = await Append(store, TestBlocks.Given((TestBlocks.Key(5), "same"), (TestBlocks.Key(6), "more")));
        Assert.Equal(AppendStatus.Stored, reply.Status);
        Assert.Equal(["same"], await Read(store, TestBlocks.Key(5)));
        Assert.Equal(["more"], await Read(store, TestBlocks.Key(6)));
        Assert.Equal(2, store.Statistics.Blocks);
    }

    [Fact]
    public async Task Of_blocks_that_come_at_once_with_one_given_key_and_different_bytes_one_is_stored()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 20).Select(i => TestBlocks.Given((TestBlocks.Key(5), $"payload {i}"))).ToList();
        var replies = await AppendAll(store, blocks);
        var stored = replies.FindIndex(reply => reply.Status == AppendStatus.Stored);
        Assert.Equal(19, replies.Count(reply => reply.Status == AppendStatus.Conflict));
        Assert.Equal([$"payload {stored}"], await Read(store, TestBlocks.Key(5)));
    }

    [Fact]
    public async Task The_same_given_block_again_is_already_stored_although_another_payload_has_come_between()
    {
        await using var store = _harness.OpenStore();
        var given = TestBlocks.Given((TestBlocks.Key(5), "given"));
        await Append(store, given);
        await Append(store, TestBlocks.Of((TestBlocks.Key(5), "fresh")));
        Assert.Equal(AppendStatus.AlreadyStored, (await Append(store, given)).Status);
        Assert.Equal(["fresh", "given"], (await Read(store, TestBlocks.Key(5))).Order());
    }

    [Fact]
    public async Task Looking_up_gives_the_distinct_digests_in_the_order_of_the_keys()
    {
        await using var store = _harness.OpenStore();
        await Append(store, TestBlocks.Of((TestBlocks.Key(1), "a"), (TestBlocks.Key(9), "b")));
        await Append(store, TestBlocks.Of((TestBlocks.Key(9), "c")));
        await Append(store, TestBlocks.Of((TestBlocks.Key(9), "c"), (TestBlocks.Key(10), "d")));
        var held = await store.LookUpAsync([TestBlocks.Key(9), TestBlocks.Key(5), TestBlocks.Key(1)], CancellationToken.None);
        Assert.Equal([TestBlocks.Key(9), TestBlocks.Key(5), TestBlocks.Key(1)], held.Select(h => h.Key));
        var (b, c) = (DigestOf(TestBlocks.Key(9), "b"), DigestOf(TestBlocks.Key(9), "c"));
        Assert.Equal(new[] { b, c }.OrderBy(d => d.Value), held[0].Digests.OrderBy(d => d.Value));
        Assert.Empty(held[1].Digests);
        Assert.Equal(DigestOf(TestBlocks.Key(1), "a"), Assert.Single(held[2].Digests));
    }

    [Fact]
    public async Task Blocks_of_many_intervals_are_kept_apart_and_found()
    {
        await using var store = _harness.OpenStore(new StorageOptions { MaxOpenIntervals = 3 });
        var hours = Enumerable.Range(0, 7).Concat([2, 0, 6]).ToList();
        var blocks = hours.Select((hour, i) => TestBlocks.One((hour * Hour) + i, $"hour {hour} block {i}")).ToList();
        Assert.All(await AppendAll(store, blocks), reply => Assert.Equal(AppendStatus.Stored, reply.Status));
        for (var i = 0; i < hours.Count; i++)
        {
            Assert.Equal([$"hour {hours[i]} block {i}"], await Read(store, TestBlocks.Key((hours[i] * Hour) + i)));
        }

        var first = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));
        var starts = Enumerable.Range(0, 7).Select(hour => first.StartUnixMilliseconds + (hour * Hour));
        Assert.Equal(starts, store.Intervals.Select(i => i.StartUnixMilliseconds));
        Assert.Equal(2, (await Walk(store, first)).Count);
    }

    [Theory]
    [InlineData("north-a", false, "north-b", "")]
    [InlineData("north-a", true, "north-a", "cluster")]
    public async Task A_store_of_another_peer_or_cluster_is_refused_naming_both(
        string peer, bool otherCluster, string openedAs, string named)
    {
        await using (var store = _harness.OpenStore(peer: peer))
        {
            await Append(store, TestBlocks.One(0));
        }

        var cluster = otherCluster ? Guid.NewGuid() : TestBlocks.Cluster;
        var refusal = Assert.Throws<ReplicaStoreException>(() => _harness.OpenStore(cluster: cluster, peer: openedAs));
        Assert.Contains(otherCluster ? cluster.ToString() : openedAs, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(otherCluster ? TestBlocks.Cluster.ToString() : peer, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    private protected static Task<AppendReply> Append(IReplicaStore store, Block block) => store.AppendAsync(block).Soon();

    private protected static async Task<List<AppendReply>> AppendAll(IReplicaStore store, IEnumerable<Block> blocks) =>
        [.. await Task.WhenAll(blocks.Select(store.AppendAsync).ToList()).Soon()];

    private protected static async Task<List<string>> Read(IReplicaStore store, EventKey key) =>
        [.. (await store.ReadAsync(key, CancellationToken.None).Soon()).Select(payload => payload.ToString())];

    private protected static async Task<List<Block>> Walk(IReplicaStore store, Interval interval)
    {
        var blocks = new List<Block>();
        await foreach (var block in store.ReadBlocksAsync(interval))
        {
            blocks.Add(block);
        }

        return blocks;
    }

    private protected static Interval NoonInterval { get; } = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private protected static EventDigest DigestOf(EventKey key, string payload) =>
        EventDigest.Of(key, EventPayload.FromText(payload).Bytes);
}
