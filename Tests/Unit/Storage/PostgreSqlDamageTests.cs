using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>Pages that the server cannot read: what they hide is known to be damaged, durably, and the rest is served.</summary>
public sealed class PostgreSqlDamageTests : IClassFixture<StorageServer>
{
    private const int Hour = 3_600_000;

    // So long that its bytes lie on pages of their own.
    private static readonly Block Long = TestBlocks.Of((TestBlocks.Key(0), $"\"{new string('x', 20_000)}\""));
    private static readonly Block Short = TestBlocks.One(1);
    private static readonly Block Later = TestBlocks.One(Hour);
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Key(0).UnixMilliseconds, TimeSpan.FromHours(1));
    private static readonly string Table = PostgreSqlEngineHarness.TableOf(Noon);

    private readonly StorageServer _server;

    public PostgreSqlDamageTests(StorageServer server)
    {
        _server = server;
        using (new PostgreSqlEngineHarness(server.ConnectionString))
        {
        }
    }

    [Fact]
    public async Task A_page_with_the_bytes_of_a_block_costs_that_block_and_no_other()
    {
        await FillAsync();
        await Corrupt($"(SELECT reltoastrelid FROM pg_class WHERE oid='{Table}'::regclass)");
        await using var store = Open();

        var page = await ReadAll(store);
        Assert.Equal(Short.Bytes.Bytes.Concat(Later.Bytes.Bytes), page.Blocks);
        Assert.Equal(Long.Header.FirstKey, Assert.Single(page.Damaged).First);
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(Long.Header.FirstKey, CancellationToken.None).Soon());
        Assert.Single(await store.ReadAsync(Short.Header.FirstKey, CancellationToken.None).Soon());
        Assert.Empty((await ReadBuckets(store)).Damaged);
        Assert.False(store.IsReadOnly);
    }

    [Fact]
    public async Task A_page_of_the_table_damages_its_interval_durably_and_no_other()
    {
        await FillAsync();
        await Corrupt($"'{Table}'");
        await using (var store = Open())
        {
            var refusal = await Assert.ThrowsAsync<ReplicaStoreException>(() => ReadAll(store));
            Assert.Contains("see that the server's disk is sound", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(Noon, Assert.Single((await ReadBuckets(store)).Damaged).Interval);
            Assert.Single(await store.ReadAsync(Later.Header.FirstKey, CancellationToken.None).Soon());
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(Hour + 1)).Soon()).Status);
        }

        await using var again = Open();
        var damage = Assert.Single((await ReadBuckets(again)).Damaged);
        Assert.Equal(Noon, damage.Interval);
        Assert.Contains(Table, damage.Reason, StringComparison.Ordinal);
        Assert.Equal(1, again.Statistics.DamagedIntervals);
    }

    [Fact]
    public async Task An_interval_with_a_page_that_cannot_be_read_is_closed_and_noted_as_damaged()
    {
        await FillAsync();
        await Corrupt($"'{Table}'");
        await using var store = Open();
        var closed = await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        Assert.Equal((IntervalState.Closed, 2L, 2L), (closed!.State, closed.Blocks, closed.Events));
        Assert.Contains("cannot read a page", closed.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrub_reports_a_page_that_cannot_be_read_and_goes_on_behind_it()
    {
        await FillAsync();
        await Corrupt($"'{Table}'");
        await using var store = Open();
        var (findings, blocks) = (new List<string>(), 0L);
        for (ScrubPosition? position = ScrubPosition.Start; position is { } from;)
        {
            var page = await store.ScrubAsync(from, 1_000_000, CancellationToken.None).Soon();
            findings.AddRange(page.Damage);
            blocks += page.Blocks;
            position = page.Next;
        }

        Assert.Contains(Table, Assert.Single(findings), StringComparison.Ordinal);
        Assert.Equal(1, blocks);
        Assert.Equal(Noon, Assert.Single((await ReadBuckets(store)).Damaged).Interval);
    }

    private async Task FillAsync()
    {
        await using var store = Open();
        foreach (var block in new[] { Long, Short, Later })
        {
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(block).Soon()).Status);
        }
    }

    private Task Corrupt(string relation) => _server.Server.CorruptPageAsync(_server.ConnectionString, relation, page: 0);

    private IReplicaStore Open() => PostgreSqlEngineHarness.OpenAt(_server.ConnectionString);

    private static Task<BlockPage> ReadAll(IReplicaStore store) =>
        store.ReadPageAsync(new BlockRange(default, EventKey.MaxValue, [], null, 1_000_000), CancellationToken.None).Soon();

    private static Task<BucketPage> ReadBuckets(IReplicaStore store) =>
        store.ReadBucketsAsync(new BucketRange(UnixMinute.First, UnixMinute.End, 1_000), CancellationToken.None).Soon();
}
