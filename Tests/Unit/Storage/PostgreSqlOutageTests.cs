using System.Collections.Concurrent;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.PostgreSql;
using AllData.Tests.Support;
using Npgsql;

namespace AllData.Tests.Unit.Storage;

/// <summary>A server that goes away and comes back: nothing acknowledged is lost, nothing is there twice, and no answer is a guess.</summary>
public sealed class PostgreSqlOutageTests(StorageServer server) : IClassFixture<StorageServer>, IDisposable
{
    private const int Lanes = 8;

    private readonly PostgreSqlEngineHarness _harness = new(server.ConnectionString);

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_is_started_anew_under_load_loses_nothing_and_repeats_nothing(bool killed)
    {
        await using var store = Open(reconnectSeconds: 60);
        var acknowledged = await AppendUnderLoad(store, 200, async () =>
        {
            await (killed ? server.Server.KillAsync() : server.Server.StopAsync());
            await server.Server.StartAsync();
        });
        await CheckStored(store, acknowledged);
    }

    [Fact]
    public async Task Sessions_that_are_ended_at_any_moment_lose_nothing_and_repeat_nothing()
    {
        await using var store = Open(reconnectSeconds: 60);
        await store.AppendAsync(TestBlocks.One(59_000)).Soon();
        var acknowledged = await AppendUnderLoad(store, 20, async () =>
        {
            await using var killer = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
            await killer.OpenAsync();
            for (var ended = 0; ended < 20;)
            {
                await using var end = new NpgsqlCommand(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'alldata %'", killer);
                ended += (int)(long)(await end.ExecuteScalarAsync())!;
            }
        });
        await CheckStored(store, acknowledged, others: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_whose_answer_was_lost_is_resolved_by_reading_back(bool serverKeepsTheSession)
    {
        await using var proxy = new CuttingProxy(new NpgsqlConnectionStringBuilder(server.ConnectionString).Port) { LeaveServerSide = serverKeepsTheSession };
        var through = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = proxy.Port }.ToString();
        await using var store = PostgreSqlEngineHarness.OpenAt(through, new StorageOptions { ReconnectSeconds = 60 });
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        proxy.Cut(3);
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(AppendReply.Stored, await store.AppendAsync(TestBlocks.One(i)).Soon());
        }

        Assert.Equal(3, proxy.Cuts);
        Assert.Equal((6, 6), (store.Statistics.Blocks, store.Statistics.Events));
        await store.DisposeAsync();
        var stored = StoredBlocks.ReadPostgreSql(server.ConnectionString);
        Assert.Empty(stored.Wrong);
        Assert.Equal(6, stored.Count);
    }

    [Fact]
    public async Task While_the_server_is_away_blocks_are_refused_and_then_taken_again()
    {
        await using var store = Open(reconnectSeconds: 0);
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        await server.Server.StopAsync();
        try
        {
            // The first one may have been sent before the connection was found dead.
            Assert.Equal(AppendStatus.Failed, (await store.AppendAsync(TestBlocks.One(1)).Soon()).Status);
            var refused = await store.AppendAsync(TestBlocks.One(2)).Soon();
            Assert.Equal(AppendStatus.ReadOnly, refused.Status);
            Assert.Contains("as soon as it is back", refused.Reason, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
            await Assert.ThrowsAsync<ReplicaStoreException>(() =>
                store.CloseIntervalAsync(store.Intervals[0].Previous.Next, CancellationToken.None).Soon());
            Assert.False(store.IsReadOnly);
        }
        finally
        {
            await server.Server.StartAsync();
        }

        await Eventually.IsAsync(
            "a block of the next hour is taken", async () => (await store.AppendAsync(TestBlocks.One(3_600_000))).Status, s => s == AppendStatus.Stored);
        Assert.Single(await store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());

        // Whether the promise was made is not known to the caller: nothing new comes in, until it is made for good.
        Assert.Equal(AppendStatus.IntervalNotOpen, (await store.AppendAsync(TestBlocks.One(1)).Soon()).Status);
        Assert.Equal(1, (await store.CloseIntervalAsync(store.Intervals[0], CancellationToken.None).Soon())!.Blocks);
    }

    [Fact]
    public async Task A_store_whose_schema_was_taken_by_another_process_meanwhile_is_read_only()
    {
        await using var store = Open(reconnectSeconds: 60);
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        await using var other = new NpgsqlConnection(server.ConnectionString + ";Pooling=false;Application Name=the other one");
        await other.OpenAsync();
        await using var end = new NpgsqlCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype='advisory'; SELECT pg_advisory_lock($1)".Replace(
                "$1", LockKey().ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal),
            other);
        await end.ExecuteNonQueryAsync();

        Assert.Equal(AppendStatus.Failed, (await store.AppendAsync(TestBlocks.One(1)).Soon()).Status);
        Assert.Contains("in use by 'the other one'", await store.BecameReadOnly.Soon(), StringComparison.Ordinal);
        Assert.Single(await store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
    }

    [Fact]
    public async Task A_server_that_does_not_flush_is_refused()
    {
        await server.Server.StopAsync();
        await server.Server.StartAsync("fsync=off");
        try
        {
            var refusal = Assert.Throws<ReplicaStoreException>(() => Open(reconnectSeconds: 60));
            Assert.Contains("fsync=on", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            await server.Server.StopAsync();
            await server.Server.StartAsync();
        }
    }

    private static long LockKey() => new PostgreSqlSchema(
        new ReplicaStoreIdentity(Peers.PeerId.Parse("north-a"), TestBlocks.Cluster, TimeSpan.FromHours(1))).LockKey;

    private IReplicaStore Open(int reconnectSeconds) =>
        PostgreSqlEngineHarness.OpenAt(server.ConnectionString, new StorageOptions { ReconnectSeconds = reconnectSeconds });

    // Goes on appending until the disturbance is over and some more blocks have been stored.
    private static async Task<ConcurrentBag<BlockId>> AppendUnderLoad(IReplicaStore store, int before, Func<Task> disturb)
    {
        var acknowledged = new ConcurrentBag<BlockId>();
        var started = new TaskCompletionSource();
        var isOver = false;
        var lanes = Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            for (var i = 0; i < 50 || !Volatile.Read(ref isOver); i++)
            {
                var block = TestBlocks.Of((TestBlocks.Key(i % 50_000, sequence: i / 50_000, ordinal: lane), $"{lane}/{i}"));
                Assert.Equal(AppendReply.Stored, await store.AppendAsync(block));
                acknowledged.Add(block.Header.Id);
                if (acknowledged.Count >= before)
                {
                    started.TrySetResult();
                }
            }
        })).ToList();
        await Task.WhenAny(started.Task, Task.WhenAll(lanes)).Soon();
        await disturb();
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(lanes).Soon();
        return acknowledged;
    }

    private async Task CheckStored(IReplicaStore store, ConcurrentBag<BlockId> acknowledged, int others = 0)
    {
        Assert.Equal(acknowledged.Count + others, store.Statistics.Blocks);
        await store.DisposeAsync();
        var stored = StoredBlocks.ReadPostgreSql(server.ConnectionString);
        Assert.Empty(stored.Wrong);
        Assert.Empty(acknowledged.Except(stored.Ids));
        Assert.Equal(acknowledged.Count + others, stored.Count);
    }
}
