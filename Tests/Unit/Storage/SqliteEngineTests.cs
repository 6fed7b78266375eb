using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using AllData.Storage.Restoration;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The SQLite store: the common cases, and what is particular to its files.</summary>
public sealed class SqliteEngineTests : StorageEngineContract
{
    private readonly SqliteEngineHarness _sqlite;

    public SqliteEngineTests() : this(new SqliteEngineHarness())
    {
    }

    private SqliteEngineTests(SqliteEngineHarness sqlite) : base(sqlite) => _sqlite = sqlite;

    [Fact]
    public async Task An_interval_has_one_file_with_a_log_that_is_gone_when_it_is_closed()
    {
        await using (var store = _sqlite.OpenStore())
        {
            await Append(store, TestBlocks.One(0));
            Assert.True(File.Exists(_sqlite.FileOf(NoonInterval) + "-wal"), "there is no write-ahead log");
        }

        Assert.Equal(
            [_sqlite.FileOf(NoonInterval), Path.ChangeExtension(_sqlite.FileOf(NoonInterval), ".json")],
            Directory.GetFiles(Path.Combine(_sqlite.Path, "intervals")).Order());
    }

    [Fact]
    public async Task The_log_is_copied_away_before_it_grows_without_bound()
    {
        await using var store = _sqlite.OpenStore(new StorageOptions { CheckpointBytes = 100_000, MaxBlocksPerTransaction = 10 });
        for (var i = 0; i < 300; i++)
        {
            await Append(store, TestBlocks.One(i, new string('x', 5_000)));
        }

        Assert.InRange(new FileInfo(_sqlite.FileOf(NoonInterval) + "-wal").Length, 1, 1_000_000);
        Assert.InRange(new FileInfo(_sqlite.FileOf(NoonInterval)).Length, 1_000_000, 10_000_000);
    }

    [Fact]
    public async Task A_flush_that_fails_after_the_answers_makes_the_store_read_only_too()
    {
        await using var store = _sqlite.OpenStore(new StorageOptions { CheckpointBytes = 1 });
        await Append(store, TestBlocks.One(0));

        // Of the database file alone, not of its log: appending succeeds, and the copying of the log fails, perhaps already that of the first.
        _sqlite.Vfs.SyncFaultEnding = ".db";
        _sqlite.FailFlushes();
        Assert.Contains((await Append(store, TestBlocks.One(1))).Status, new[] { AppendStatus.Stored, AppendStatus.ReadOnly });
        Assert.Contains("read-only", await store.BecameReadOnly.Soon(), StringComparison.Ordinal);
        Assert.Equal(AppendStatus.ReadOnly, (await Append(store, TestBlocks.One(2))).Status);
    }

    [Fact]
    public async Task Every_ordinal_that_is_in_the_blocks_is_found_by_a_rebuild()
    {
        await using (var store = _sqlite.OpenStore())
        {
            await Append(store, TestBlocks.One(0));
            await Append(store, TestBlocks.Form(new BlockId(7, 1, 1), given: false, [(TestBlocks.Key(1), "one")]));
            await Append(store, TestBlocks.Form(new BlockId(603, 1, 1), given: false, [(TestBlocks.Key(2), "two")], copyset: [2, 9, 604]));
        }

        var identity = new PeerIdentity(PeerIdentityFile.FormatVersion, "north-a", Guid.NewGuid(), Guid.NewGuid());
        PeerIdentityFile.Write(Path.Combine(_sqlite.Path, DataDirectory.IdentityName), identity);

        Assert.Equal("1-3 7 9 603-604", $"{DirectoryReader.Read(_sqlite.Path).Ordinals}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    public async Task A_file_of_an_unknown_format_version_is_refused_naming_both(int version)
    {
        await CreateFile();
        Execute($"PRAGMA user_version={version}");
        CheckRefusal($"version {version}", $"version {IntervalFile.FormatVersion}");
    }

    [Fact]
    public void A_database_of_another_application_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_sqlite.FileOf(NoonInterval))!);
        Execute("CREATE TABLE holiday_photos(name TEXT)");
        CheckRefusal("another application");
    }

    [Fact]
    public async Task A_file_of_another_interval_is_refused_naming_both()
    {
        await CreateFile();
        File.Move(_sqlite.FileOf(NoonInterval), _sqlite.FileOf(NoonInterval.Next));
        var refusal = Assert.Throws<ReplicaStoreException>(() => _sqlite.OpenStore());
        Assert.Contains(NoonInterval.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(NoonInterval.Next.ToString(), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_named_like_an_interval_is_refused()
    {
        var stray = Path.Combine(Directory.CreateDirectory(Path.Combine(_sqlite.Path, "intervals")).FullName, "20260105T121500.db");
        File.WriteAllText(stray, "");
        var refusal = Assert.Throws<ReplicaStoreException>(() => _sqlite.OpenStore());
        Assert.Contains(stray, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_creation_was_cut_off_is_created_anew()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_sqlite.FileOf(NoonInterval))!);
        File.WriteAllText(_sqlite.FileOf(NoonInterval), "");
        await using var store = _sqlite.OpenStore();
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(0))).Status);
        Assert.Equal(["one"], await Read(store, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task The_walk_and_the_probe_use_the_index_and_sort_nothing()
    {
        await CreateFile();
        using var database = SqliteDatabase.Open(_sqlite.FileOf(NoonInterval), SqliteOpening.Write, vfs: null);
        foreach (var sql in new[] { BlockWalk.WalkSql, BlockFinder.ProbeSql })
        {
            using var plan = database.Prepare("EXPLAIN QUERY PLAN " + sql);
            while (plan.Step())
            {
                var step = plan.GetText(3);
                Assert.DoesNotContain("TEMP B-TREE", step, StringComparison.Ordinal);
                Assert.DoesNotContain("SCAN", step, StringComparison.Ordinal);
                if (step.StartsWith("SEARCH", StringComparison.Ordinal))
                {
                    Assert.Contains("USING COVERING INDEX blocks_by_key (width=? AND", step, StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(59_999, 16)]
    public void The_width_of_a_block_is_the_size_class_of_its_key_span(int milliseconds, int width)
    {
        var first = TestBlocks.Key(0, sequence: 7);
        var last = TestBlocks.Key(milliseconds, sequence: 9);
        Assert.Equal(width, KeySpan.WidthOf(first, last));
        Assert.True(width < KeySpan.Classes, "there is no such class");
        Assert.True(KeySpan.LowestFirstKey(last, width) <= first, "the probe for the last key begins after the first");
    }

    private async Task CreateFile()
    {
        await using var store = _sqlite.OpenStore();
        await Append(store, TestBlocks.One(0));
    }

    private void Execute(string sql)
    {
        using var database = SqliteDatabase.Open(_sqlite.FileOf(NoonInterval), SqliteOpening.Create, vfs: null);
        database.Execute(sql);
    }

    private void CheckRefusal(params string[] named)
    {
        var refusal = Assert.Throws<ReplicaStoreException>(() => _sqlite.OpenStore());
        Assert.All(named.Append(_sqlite.FileOf(NoonInterval)), name => Assert.Contains(name, refusal.Message, StringComparison.Ordinal));
    }
}
