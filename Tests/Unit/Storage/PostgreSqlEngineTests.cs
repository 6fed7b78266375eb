using AllData.Peers;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Opening;
using AllData.Storage.PostgreSql;
using AllData.Tests.Support;
using Npgsql;

namespace AllData.Tests.Unit.Storage;

/// <summary>The PostgreSQL store: the common cases, and what is particular to its tables.</summary>
public sealed class PostgreSqlEngineTests : StorageEngineContract, IClassFixture<StorageServer>
{
    private readonly PostgreSqlEngineHarness _postgreSql;

    public PostgreSqlEngineTests(StorageServer server) : this(new PostgreSqlEngineHarness(server.ConnectionString))
    {
    }

    private PostgreSqlEngineTests(PostgreSqlEngineHarness postgreSql) : base(postgreSql) => _postgreSql = postgreSql;

    [Fact]
    public async Task An_interval_has_one_table_in_the_schema_of_its_peer()
    {
        await using var store = _postgreSql.OpenStore();
        await AppendAll(store, [TestBlocks.One(0), TestBlocks.One(3_600_000), TestBlocks.One(1)]);
        Assert.Equal(
            ["blocks_20260105t120000", "blocks_20260105t130000", "buckets", "copysets", "intervals", "meta"],
            _postgreSql.Query("SELECT tablename FROM pg_tables WHERE schemaname='alldata_north_a' ORDER BY 1"));
        Assert.Equal(["1,2,3"], _postgreSql.Query("SELECT members FROM alldata_north_a.copysets"));
    }

    [Fact]
    public async Task It_says_which_server_keeps_the_blocks_and_that_it_flushes()
    {
        await using var store = _postgreSql.OpenStore();
        Assert.Matches(@"^PostgreSQL \d+(\.\d+)+, synchronous_commit=on, fsync=on$", store.Description);
    }

    [Fact]
    public async Task Peers_may_share_a_database()
    {
        await using var north = _postgreSql.OpenStore();
        await using var south = PostgreSqlEngineHarness.OpenAt(_postgreSql.ConnectionString, peer: "south-a");
        await Append(north, TestBlocks.One(0, "north"));
        await Append(south, TestBlocks.One(0, "south"));
        Assert.Equal(["north"], await Read(north, TestBlocks.Key(0)));
        Assert.Equal(["south"], await Read(south, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task A_second_store_of_the_same_peer_is_refused_naming_the_first()
    {
        await using var store = _postgreSql.OpenStore();
        var refusal = Assert.Throws<ReplicaStoreException>(() => _postgreSql.OpenStore());
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("alldata_north_a", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(0))).Status);
    }

    [Theory]
    [InlineData("format_version", "99", "1")]
    [InlineData("interval_seconds", "900", "3600")]
    public async Task A_schema_of_another_format_or_interval_length_is_refused_naming_both(string name, string found, string expected)
    {
        await using (var store = _postgreSql.OpenStore())
        {
            await Append(store, TestBlocks.One(0));
        }

        _postgreSql.Execute("UPDATE alldata_north_a.meta SET value=$2 WHERE name=$1", name, found);
        var refusal = Assert.Throws<ReplicaStoreException>(() => _postgreSql.OpenStore());
        Assert.Contains($"'{found}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"'{expected}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_cannot_be_reached_is_refused_with_a_sentence_without_the_password()
    {
        var refusal = Assert.Throws<ReplicaStoreException>(() => PostgreSqlEngineHarness.OpenAt(
            "Host=127.0.0.1;Port=1;Username=nobody;Password=secret;Database=none", new StorageOptions { ReconnectSeconds = 0 }));
        Assert.Contains("PostgreSQL, 127.0.0.1:1/none", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("AllData:Storage:ConnectionString", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "names no host")]
    [InlineData("Password=secret;Nonsense=1", "is not understood")]
    public void A_connection_string_that_cannot_work_is_refused_without_repeating_it(string text, string reason)
    {
        var options = new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = text };
        var refusal = new StorageOptionsValidator().Validate(null, options).FailureMessage;
        Assert.Contains($"Storage:ConnectionString {reason}", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal, StringComparison.Ordinal);
        Assert.True(new StorageOptionsValidator().Validate(null, new StorageOptions { ConnectionString = text }).Succeeded);
    }

    [Fact]
    public void Schemas_of_peers_with_long_names_are_told_apart()
    {
        var names = new[] { new string('a', 62) + "b", new string('a', 62) + "c", "a-b" }.Select(peer => new PostgreSqlSchema(
            new ReplicaStoreIdentity(PeerId.Parse(peer), TestBlocks.Cluster, TimeSpan.FromHours(1))).Name).ToList();
        Assert.Equal("alldata_a_b", names[2]);
        Assert.All(names, name => Assert.InRange(name.Length, 1, 63));
        Assert.NotEqual(names[0], names[1]);
    }

    [Fact]
    public async Task The_walk_and_the_probe_use_the_index_and_sort_nothing()
    {
        await using (var store = _postgreSql.OpenStore())
        {
            await AppendAll(store, Enumerable.Range(0, 100).Select(i => TestBlocks.One(i)));
        }

        var table = PostgreSqlEngineHarness.TableOf(NoonInterval);
        var walk = Explain("text, text, int, text[], text, text, bigint", PostgreSqlBlockWalk.WalkSql(table), "'a', 'b', 1, '{}', '', '', 0");
        Assert.DoesNotContain(walk, step => step.Contains("Sort (", StringComparison.Ordinal) || step.Contains("Seq Scan", StringComparison.Ordinal));
        Assert.Equal(KeySpan.Classes, walk.Count(step => step.Contains("Index Scan using blocks_20260105t120000_by_key", StringComparison.Ordinal)));
        var rows = Explain("smallint[], text[], text[], bigint[]", PostgreSqlBlockRows.RowsSql(table), "'{}', '{}', '{}', '{}'");
        Assert.Contains(rows, step => step.Contains("Index Scan using blocks_20260105t120000_by_key", StringComparison.Ordinal));
        foreach (var stopAtFirst in new[] { false, true })
        {
            var probe = Explain(
                "int[], smallint[], text[], text[], text[]", PostgreSqlBlockFinder.ProbeSql(table, stopAtFirst), "'{}', '{}', '{}', '{}', '{}'");
            Assert.Contains(probe, step => step.Contains("Index Only Scan using blocks_20260105t120000_by_key", StringComparison.Ordinal));
            Assert.Contains(probe, step => step.Contains("Nested Loop", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Opening_reads_no_buckets_of_intervals_that_were_closed()
    {
        await using (var store = _postgreSql.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), TestBlocks.One(1), TestBlocks.One(3_600_000)]);
            Assert.NotNull(await store.CloseIntervalAsync(NoonInterval, CancellationToken.None).Soon());
        }

        // The sum of these is a number that does not fit.
        _postgreSql.Execute(
            "UPDATE alldata_north_a.buckets SET blocks=$1, events=$1 WHERE minute<$2", long.MaxValue, NoonInterval.EndMinute.Value);
        await using var again = _postgreSql.OpenStore();
        Assert.Equal((3, 3), (again.Statistics.Blocks, again.Statistics.Events));
        Assert.Equal(AppendStatus.Stored, (await Append(again, TestBlocks.One(3_600_001))).Status);
        Assert.Equal((4, 4), (again.Statistics.Blocks, again.Statistics.Events));
    }

    [Fact]
    public async Task Every_commit_is_flushed_whatever_the_default_of_the_database()
    {
        const int Blocks = 50;
        _postgreSql.Execute("ALTER DATABASE test1 SET synchronous_commit=off");
        try
        {
            await using (var store = _postgreSql.OpenStore())
            {
                await Append(store, TestBlocks.One(0));
            }

            var before = CountFlushes();
            await using (var store = _postgreSql.OpenStore())
            {
                for (var i = 1; i <= Blocks; i++)
                {
                    await Append(store, TestBlocks.One(i));
                }
            }

            Assert.InRange(CountFlushes() - before, Blocks, long.MaxValue);
        }
        finally
        {
            _postgreSql.Execute("ALTER DATABASE test1 RESET synchronous_commit");
        }
    }

    // A session tells what it has counted when it ends: wait until the sessions of the store have.
    private long CountFlushes()
    {
        _ = Eventually.IsAsync(
            "the store's sessions end",
            () => _postgreSql.Query("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'alldata %'")[0],
            static sessions => sessions == "0").GetAwaiter().GetResult();
        return long.Parse(_postgreSql.Query("SELECT wal_sync FROM pg_stat_wal")[0]);
    }

    private List<string> Explain(string types, string sql, string arguments)
    {
        using var connection = new PostgreSqlConnector(_postgreSql.ConnectionString, PeerId.Parse("north-a")).OpenForReading();
        using (var prepare = new NpgsqlCommand($"PREPARE explained({types}) AS {sql}", connection))
        {
            prepare.ExecuteNonQuery();
        }

        using var explain = new NpgsqlCommand($"EXPLAIN EXECUTE explained({arguments})", connection);
        using var reader = explain.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
        {
            steps.Add(reader.GetString(0));
        }

        return steps;
    }
}
