using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage;
using AllData.Storage.Replica;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Storage;

/// <summary>A closed interval's file of format version 2, as it was written once, pins the format.</summary>
public sealed class IntervalFormatTests : IDisposable
{
    private const string Golden = "AllData.Unit.Storage.Golden.interval-v2.bin";

    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private static readonly string[] Tables =
    [
        "SELECT seq, hex(id), copyset, first_key, last_key, width, events, hex(digest), hex(bytes) FROM blocks ORDER BY seq",
        "SELECT id, members FROM copysets ORDER BY id",
        "SELECT minute, copyset, blocks, events, hex(digest_sum) FROM buckets ORDER BY minute, copyset",
        "SELECT name, value FROM meta ORDER BY name",

        // A table that nothing was ever written to, and that is not made any more.
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name",
        "PRAGMA application_id",
        "PRAGMA user_version",
        "PRAGMA journal_mode",
        "PRAGMA page_size",
    ];

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_written_today_is_what_was_written_then()
    {
        var written = await Write();
        var golden = WriteGolden();

        Assert.DoesNotContain(Read(written), static row => row.Contains("conflicts", StringComparison.Ordinal));

        // A copyset with fewer members than its blocks ask for copies says so today; of then, it is taken to have as many as it has members.
        Assert.Equal(Read(golden).Where(static row => !row.Contains("|conflicts|", StringComparison.Ordinal))
            .Select(row => row.EndsWith("|2,4", StringComparison.Ordinal) ? row + "/3" : row), Read(written));
    }

    [Fact]
    public async Task A_file_of_then_is_read_by_the_store_of_today()
    {
        var file = WriteGolden();
        await using var store = SqliteEngineHarness.OpenAt(Path.GetDirectoryName(Path.GetDirectoryName(file))!, vfs: null);
        var described = Assert.Single(await store.DescribeIntervalsAsync(CancellationToken.None).Soon());
        Assert.Equal((Noon, IntervalState.Closed, 3L, 4L, null),
            (described.Interval, described.State, described.Blocks, described.Events, described.Damage));
        var payloads = await store.ReadAsync(TestBlocks.Key(61_000), CancellationToken.None).Soon();
        Assert.Equal("{\"third\":3}", Assert.Single(payloads).ToString());
    }

    private string WriteGolden()
    {
        using var golden = typeof(IntervalFormatTests).Assembly.GetManifestResourceStream(Golden);
        Assert.NotNull(golden);
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.NewFolder(), "intervals")).FullName, $"{Noon}.db");
        using var copy = File.Create(file);
        golden.CopyTo(copy);
        return file;
    }

    private async Task<string> Write()
    {
        var folder = _folder.NewFolder();
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon));
        await using var store = ReplicaStore.Open(
            EngineStores.SettingOf(time: time), setting => SqliteEngine.Open(folder, SqliteSeams.None, setting));
        foreach (var block in Blocks())
        {
            await store.AppendAsync(block).Soon();
        }

        await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        return Path.Combine(folder, "intervals", $"{Noon}.db");
    }

    private static IEnumerable<Block> Blocks() =>
    [
        TestBlocks.Form(new BlockId(1, 1, 1), given: false, [(TestBlocks.Key(0), "{\"first\":1}"), (TestBlocks.Key(900), "{\"second\":2}")]),
        TestBlocks.Form(new BlockId(2, 1, 1), given: true, [(TestBlocks.Key(61_000), "{\"third\":3}")]),
        TestBlocks.Form(new BlockId(1, 1, 2), given: false, [(TestBlocks.Key(62_000), "{\"fourth\":4}")], copyset: [2, 4]),
    ];

    private static List<string> Read(string file)
    {
        using var database = SqliteDatabase.Open(file, SqliteOpening.Read, vfs: null);
        var rows = new List<string>();
        foreach (var sql in Tables)
        {
            using var select = database.Prepare(sql);
            while (select.Step())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, select.Columns).Select(select.GetText)));
            }
        }

        return rows;
    }
}
