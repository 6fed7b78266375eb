using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>What a replica store does whatever its engine: the queue, the bounds, the end. Over the engine in files.</summary>
public sealed class ReplicaStoreTests : IDisposable
{
    private readonly SqliteEngineHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task A_block_of_another_cluster_is_refused()
    {
        await using var store = _harness.OpenStore();
        var stranger = Guid.NewGuid();
        var reply = await Append(store, TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(0), "x")], stranger));
        Assert.Equal(AppendStatus.Invalid, reply.Status);
        Assert.Contains(stranger.ToString(), reply.Reason, StringComparison.Ordinal);
        Assert.Contains(TestBlocks.Cluster.ToString(), reply.Reason, StringComparison.Ordinal);
        Assert.Empty(await Read(store, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task Blocks_that_wait_share_transactions()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 1_000).Select(i => TestBlocks.One(i)).ToList();
        Assert.All(await AppendAll(store, blocks), reply => Assert.Equal(AppendStatus.Stored, reply.Status));
        Assert.Equal(1_000, store.Statistics.Blocks);
        Assert.InRange(store.Statistics.Transactions, 1, 250);
        Assert.Equal(0, store.Statistics.WaitingBytes);
    }

    [Fact]
    public async Task Beyond_its_bound_the_queue_answers_overloaded_at_once()
    {
        await using var store = _harness.OpenStore(new StorageOptions { MaxWaitingBytes = 100_000, MaxBytesPerTransaction = 100_000 });
        var appends = Enumerable.Range(0, 20).Select(i =>
        {
            var reply = store.AppendAsync(TestBlocks.One(i, new string('x', 60_000)));
            return (Milliseconds: i, Reply: reply, AtOnce: reply.IsCompleted);
        }).ToList();
        foreach (var (milliseconds, reply, atOnce) in appends)
        {
            var status = (await reply.Soon()).Status;
            Assert.Contains(status, new[] { AppendStatus.Stored, AppendStatus.Overloaded });
            Assert.Equal(status == AppendStatus.Stored ? 1 : 0, (await Read(store, TestBlocks.Key(milliseconds))).Count);
            Assert.True(atOnce || status == AppendStatus.Stored, $"block {milliseconds} waited for its {status}");
        }

        var refused = appends.Select(a => a.Reply.Result).Where(r => r.Status == AppendStatus.Overloaded).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, r => Assert.True(r.RetryAfter > TimeSpan.Zero && r.Reason!.Contains("100000", StringComparison.Ordinal)));
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(99))).Status);
    }

    [Fact]
    public async Task A_block_larger_than_the_bound_is_stored_when_nothing_waits()
    {
        await using var store = _harness.OpenStore(new StorageOptions { MaxWaitingBytes = 1_000, MaxBytesPerTransaction = 1_000 });
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(0, new string('x', 5_000)))).Status);
    }

    [Fact]
    public async Task Repair_is_refused_while_puts_are_taken_when_an_eighth_of_the_room_is_taken()
    {
        var options = new StorageOptions { MaxWaitingBytes = 80_000, MaxBytesPerTransaction = 1_000 };
        await using var store = _harness.OpenStore(options);
        var puts = Enumerable.Range(0, 60).Select(i => store.AppendAsync(TestBlocks.One(i, new string('x', 700)))).ToList();
        var completion = await store.RestoreAsync(TestBlocks.One(1_000, new string('y', 700))).Soon();
        Assert.Equal(AppendStatus.Overloaded, completion.Status);
        Assert.NotNull(completion.RetryAfter);
        Assert.All(await Task.WhenAll(puts).Soon(), reply => Assert.Equal(AppendStatus.Stored, reply.Status));
        await Eventually.IsAsync("nothing waits", () => store.Statistics.WaitingBytes, bytes => bytes == 0);
        Assert.Equal(AppendStatus.Stored, (await Restore(store, TestBlocks.One(1_000, "y"))).Status);
    }

    [Fact]
    public async Task Reads_beyond_their_bound_are_refused()
    {
        await using var store = _harness.OpenStore(new StorageOptions { Readers = 1, MaxWaitingReads = 1 });
        await Append(store, TestBlocks.One(0));
        var keys = Enumerable.Range(0, 2_000).Select(i => TestBlocks.Key(i));
        var reads = Enumerable.Range(0, 50).Select(_ => store.LookUpAsync([.. keys], CancellationToken.None)).ToList();
        var failures = await Task.WhenAll(reads.Select(read => Record.ExceptionAsync(() => read.Soon())));
        Assert.Contains(failures, failure => failure is ReplicaStoreException);
        Assert.Contains(failures, failure => failure is null);
        Assert.Equal(["one"], await Read(store, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task A_read_that_is_cancelled_ends()
    {
        await using var store = _harness.OpenStore();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadAsync(TestBlocks.Key(0), cancelled.Token));
    }

    [Fact]
    public async Task A_closed_store_answers_what_waited_and_refuses_what_comes_later()
    {
        var store = _harness.OpenStore();
        var waiting = Enumerable.Range(0, 100).Select(i => store.AppendAsync(TestBlocks.One(i))).ToList();
        await store.DisposeAsync();
        Assert.All(await Task.WhenAll(waiting).Soon(), reply => Assert.Equal(AppendStatus.Stored, reply.Status));
        Assert.Equal(AppendStatus.ReadOnly, (await Append(store, TestBlocks.One(100))).Status);
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key(0), CancellationToken.None));
        Assert.False(store.BecameReadOnly.IsCompleted);
    }

    private static Task<AppendReply> Append(IReplicaStore store, Block block) => store.AppendAsync(block).Soon();

    private static Task<AppendReply> Restore(IReplicaStore store, Block block) => store.RestoreAsync(block).Soon();

    private static async Task<List<AppendReply>> AppendAll(IReplicaStore store, IEnumerable<Block> blocks) =>
        [.. await Task.WhenAll(blocks.Select(store.AppendAsync).ToList()).Soon()];

    private static async Task<List<string>> Read(IReplicaStore store, EventKey key) =>
        [.. (await store.ReadAsync(key, CancellationToken.None).Soon()).Select(payload => payload.ToString())];
}
