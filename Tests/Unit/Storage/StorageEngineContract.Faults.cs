using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// What fails, and what is damaged.
public abstract partial class StorageEngineContract
{
    [Fact]
    public async Task After_a_failed_flush_the_store_is_read_only_and_keeps_what_was_answered()
    {
        await using (var store = _harness.OpenStore())
        {
            var replies = await AppendAll(store, Enumerable.Range(0, 50).Select(i => TestBlocks.One(i)));
            Assert.All(replies, r => Assert.Equal(AppendStatus.Stored, r.Status));
            Assert.False(store.IsReadOnly);
            Assert.False(store.BecameReadOnly.IsCompleted);

            _harness.FailFlushes();
            await CheckThatItBecomesReadOnly(store);
            Assert.Equal(["one"], await Read(store, TestBlocks.Key(49)));
        }

        _harness.Mend();
        await using var again = _harness.OpenStore();
        await CheckThatItHoldsTheFirst(again, 50);
    }

    [Fact]
    public async Task A_full_disk_makes_the_store_read_only_and_keeps_what_was_answered()
    {
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, Enumerable.Range(0, 50).Select(i => TestBlocks.One(i)));
            _harness.FillDisk();
            await CheckThatItBecomesReadOnly(store);
        }

        _harness.Mend();
        await using var again = _harness.OpenStore();
        Assert.Equal(50, again.Statistics.Blocks);
        await CheckThatItHoldsTheFirst(again, 50);
    }

    [Fact]
    public async Task A_damaged_block_is_counted_and_a_key_that_may_lie_in_it_is_never_answered_as_not_held()
    {
        var damaged = TestBlocks.Of((TestBlocks.Key(0), "lost"), (TestBlocks.Key(5), "also lost"));
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [damaged, TestBlocks.Of((TestBlocks.Key(5), "intact")), TestBlocks.One(9)]);
        }

        _harness.Damage(damaged.Header.Id);
        await using var again = _harness.OpenStore();
        foreach (var key in new[] { TestBlocks.Key(0), TestBlocks.Key(3) })
        {
            await Assert.ThrowsAsync<ReplicaStoreException>(() => Read(again, key));
            await Assert.ThrowsAsync<ReplicaStoreException>(() => again.LookUpAsync([TestBlocks.Key(9), key], CancellationToken.None).Soon());
        }

        Assert.Equal(["intact"], await Read(again, TestBlocks.Key(5)));
        Assert.Empty(await Read(again, TestBlocks.Key(8)));
        Assert.InRange(again.Statistics.DamagedBlocks, 1, 5);
        Assert.Equal(2, (await Walk(again, NoonInterval)).Count);
    }

    [Fact]
    public async Task A_damaged_block_that_comes_again_is_stored_again()
    {
        var block = TestBlocks.One(0, "mended");
        await using (var store = _harness.OpenStore())
        {
            await Append(store, block);
        }

        _harness.Damage(block.Header.Id);
        await using var again = _harness.OpenStore();
        Assert.Equal(AppendStatus.Stored, (await Append(again, block)).Status);
        Assert.Equal(["mended"], await Read(again, TestBlocks.Key(0)));
        Assert.Equal((1, 0), (again.Statistics.Blocks, again.Statistics.DamagedBlocks));
    }

    [Fact]
    public async Task A_damaged_block_does_not_stop_given_keys_that_it_may_hold_from_being_stored()
    {
        var damaged = TestBlocks.Of((TestBlocks.Key(0), "lost"), (TestBlocks.Key(5), "also lost"));
        await using (var store = _harness.OpenStore())
        {
            await Append(store, damaged);
        }

        _harness.Damage(damaged.Header.Id);
        await using var again = _harness.OpenStore();
        Assert.Equal(AppendStatus.Stored, (await Append(again, TestBlocks.Given((TestBlocks.Key(3), "given")))).Status);
        Assert.Equal(["given"], await Read(again, TestBlocks.Key(3)));
        Assert.False(again.IsReadOnly);
    }

    private static async Task CheckThatItBecomesReadOnly(IReplicaStore store)
    {
        var replies = await AppendAll(store, Enumerable.Range(1_000, 50).Select(i => TestBlocks.One(i)));
        Assert.All(replies, r => Assert.Contains(r.Status, new[] { AppendStatus.Failed, AppendStatus.ReadOnly }));
        Assert.Contains(replies, r => r.Status == AppendStatus.Failed);
        var reason = await store.BecameReadOnly.Soon();
        Assert.True(store.IsReadOnly);
        Assert.Equal(reason, store.ReadOnlyReason);
        Assert.Contains("until the silo is started again", reason, StringComparison.Ordinal);
        var later = await Append(store, TestBlocks.One(2_000));
        Assert.Equal((AppendStatus.ReadOnly, reason), (later.Status, later.Reason));
    }

    private static async Task CheckThatItHoldsTheFirst(IReplicaStore store, int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            Assert.Equal(["one"], await Read(store, TestBlocks.Key(i)));
        }

        Assert.False(store.IsReadOnly);
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(3_000))).Status);
    }
}
