using System.Text;
using AllData.Client.Commands;
using AllData.Events;
using AllData.Tests.Support;
using AllData.Tests.Support.Documentation;
using DuckDB.NET.Data;

namespace AllData.Tests.Unit.Client;

/// <summary>Reads exported Parquet with DuckDB, a reader that shares no code with the writer.</summary>
public sealed class ParquetExportTests : IDisposable
{
    private readonly ExportBench _bench = new();

    private string Files => $"read_parquet('{_bench.Out}/interval=*/*.parquet', hive_partitioning = true)";

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task DuckDB_finds_every_event_in_the_order_of_the_keys_and_looks_into_the_json()
    {
        _bench.Scan.AddMany(10_000).PageEvents = 700;
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--row-group-events", "1000", "--file-bytes", "5000"));
        Assert.True(_bench.Manifest().Files.Count > 1, "There is only one file.");
        Assert.Equal(
            [10_000L, FakeScan.Key(0).ToString(), FakeScan.Key(9_999).ToString(), 10_000L],
            Query($"SELECT count(*), min(key), max(key), count(DISTINCT key) FROM {Files}"));
        Assert.Equal(
            [49_995_000L, 7L],
            Query($"SELECT sum((payload->>'$.x')::BIGINT)::BIGINT, count(DISTINCT payload->>'$.user') FROM {Files}"));
        Assert.Equal([0L], Query(
            $"SELECT count(*) FROM (SELECT key, lag(key) OVER (ORDER BY filename, file_row_number) AS before FROM "
            + $"read_parquet('{_bench.Out}/interval=*/*.parquet', filename = true, file_row_number = true)) WHERE before >= key"));
    }

    [Fact]
    public async Task Every_payload_comes_back_as_it_was_put()
    {
        _bench.Scan.Add(FakeScan.Key(0), "{\"ä\":\"\uD83D\uDE00\",\n \"b\" : 1.0}").Add(FakeScan.Key(1), "\"\"").Add(FakeScan.Key(2), " 7 ");
        await _bench.ExportDayAsync();
        Assert.Equal(
            ["{\"ä\":\"\uD83D\uDE00\",\n \"b\" : 1.0}", "\"\"", " 7 "],
            Rows($"SELECT payload FROM {Files} ORDER BY key").Select(static r => r[0]));
    }

    [Fact]
    public async Task Topics_have_a_column()
    {
        _bench.Scan.AddMany(7).TopicOf = static key => key.UnixMilliseconds % 3 == FakeScan.Day % 3 ? null : Topic.Parse($"t{key.UnixMilliseconds % 3}");
        await _bench.ExportDayAsync("--row-group-events", "2");
        Assert.Equal(
            _bench.Scan.Events.Select(e => _bench.Scan.TopicOf(e.Key)?.Value),
            Rows($"SELECT topic FROM {Files} ORDER BY key").Select(static r => r[0] as string));
    }

    [Fact]
    public async Task Topics_are_partitions_that_a_query_reads_alone()
    {
        _bench.Scan.AddMany(3_000).PageEvents = 170;
        _bench.Scan.TopicOf = static key => key.UnixMilliseconds % 7 == FakeScan.Day % 7 ? null : Topic.Parse($"t{key.UnixMilliseconds % 100}");
        await _bench.ExportDayAsync("--by-topic", "--row-group-events", "20");
        var files = $"read_parquet('{_bench.Out}/interval=*/topic=*/*.parquet', hive_partitioning = true)";

        Assert.Equal(
            _bench.Scan.Events.GroupBy(e => _bench.Scan.TopicOf(e.Key)?.Value).OrderBy(static t => t.Key, StringComparer.Ordinal)
                .Select(static t => new object[]
                {
                    t.Key as object ?? DBNull.Value, (long)t.Count(), $"{t.Min(static e => e.Key)}", $"{t.Max(static e => e.Key)}",
                }),
            Rows($"SELECT topic, count(*), min(key), max(key) FROM {files} GROUP BY topic ORDER BY topic NULLS FIRST"));
        Assert.Equal([1L], Query($"SELECT count(DISTINCT filename) FROM read_parquet('{_bench.Day1Directory}/topic=t1/*.parquet', filename = true)"));
        Assert.Equal([0L], Query(
            $"SELECT count(*) FROM (SELECT key, lag(key) OVER (PARTITION BY filename ORDER BY file_row_number) AS before FROM "
            + $"read_parquet('{_bench.Day1Directory}/topic=*/*.parquet', filename = true, file_row_number = true)) WHERE before >= key"));
    }

    [Fact]
    public async Task Payloads_that_are_not_json_have_a_column_of_their_own()
    {
        _bench.Scan.Add(FakeScan.Key(0), "{}").Add(FakeScan.Key(1), [0xFF, 0x00,
            0xFE]).Add(FakeScan.Key(2), "[]").Add(FakeScan.Key(3), "x").Add(FakeScan.Key(4), "");
        await _bench.ExportDayAsync("--row-group-events", "2");
        Assert.Equal(3, _bench.Manifest().NotJson);
        Assert.Contains("3 payloads as bytes", _bench.Run.Output, StringComparison.Ordinal);
        Assert.Equal(
            [["{}", DBNull.Value], [DBNull.Value, "FF00FE"], ["[]", DBNull.Value], [DBNull.Value, "78"], [DBNull.Value, ""]],
            Rows($"SELECT payload, hex(payload_bytes) FROM {Files} ORDER BY key"));
    }

    [Fact]
    public async Task Events_in_conflict_are_all_there_and_marked()
    {
        _bench.Scan.Add(FakeScan.Key(0), "1").Add(FakeScan.Key(5), "2").Add(FakeScan.Key(5), "3").Add(FakeScan.Key(6), "4");
        _bench.Scan.PageEvents = 10;
        await _bench.ExportDayAsync("--row-group-events", "2");
        Assert.Equal(1, _bench.Manifest().Conflicts);
        Assert.Equal(
            [["1", false], ["2", true], ["3", true], ["4", false]], Rows($"SELECT payload, conflict FROM {Files} ORDER BY key, payload"));
    }

    [Fact]
    public async Task The_time_of_the_key_is_a_timestamp_in_utc()
    {
        _bench.Scan.Add(FakeScan.Key(12_345), "1");
        await _bench.ExportDayAsync();
        Assert.Equal(
            ["TIMESTAMP WITH TIME ZONE", FakeScan.Day + 12_345],
            Query($"SELECT typeof(timestamp), epoch_ms(timestamp) FROM {Files}"));
    }

    [Fact]
    public async Task The_interval_is_a_column_of_the_directories()
    {
        _bench.Days.Add(ExportBench.Day1.Next);
        _bench.Scan.AddMany(48, step: 3_600_000);
        Assert.Equal(ExitCodes.Done, await _bench.Run.RunAsync("export", "--from", "20251122", "--out", _bench.Out));
        Assert.Equal(
            [["20251122T000000", 24L], ["20251123T000000", 24L]],
            Rows($"SELECT interval::VARCHAR, count(*) FROM {Files} GROUP BY 1 ORDER BY 1"));
    }

    [Fact]
    public async Task Columns_are_compressed_with_zstd_in_row_groups_of_the_size_asked_for()
    {
        _bench.Scan.AddMany(2_500).PageEvents = 333;
        await _bench.ExportDayAsync("--row-group-events", "1000");
        var file = $"'{_bench.Day1Directory}/part-00000.parquet'";
        Assert.Equal(
            [[1000L], [1000L], [500L]],
            Rows($"SELECT DISTINCT row_group_num_rows FROM parquet_metadata({file}) WHERE row_group_id = 0"
                + $" UNION ALL SELECT DISTINCT row_group_num_rows FROM parquet_metadata({file}) WHERE row_group_id = 1"
                + $" UNION ALL SELECT DISTINCT row_group_num_rows FROM parquet_metadata({file}) WHERE row_group_id = 2"));
        Assert.Equal(["ZSTD"], Query($"SELECT DISTINCT compression FROM parquet_metadata({file})"));
    }

    [Fact]
    public async Task A_single_event_larger_than_a_row_group_may_be_has_one_to_itself()
    {
        var large = $"\"{new string('x', 33 * 1024 * 1024)}\"";
        _bench.Scan.Add(FakeScan.Key(0), "1").Add(FakeScan.Key(1), Encoding.UTF8.GetBytes(large)).Add(FakeScan.Key(2), "2");
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.Equal([3L, (long)large.Length + 2], Query($"SELECT count(*), sum(length(payload))::BIGINT FROM {Files}"));
    }

    [Theory]
    [InlineData("{\"foo\":\"\\ud800\"}")]
    [InlineData("{\"foo\":\"\\udc00\\ud800\"}")]
    [InlineData("{\"\\udfff\":1}")]
    [InlineData("{\"foo\":\"\\\\ud800\"}")]
    [InlineData("{\"foo\":\"\\ud83d\\ude00\"}")]
    [InlineData("{\"foo\":\"a\\u0000b\"}")]
    [InlineData("{\"a\\u0000\":1}")]
    [InlineData("{\"foo\":1e999}")]
    [InlineData("{\"foo\":-1e-999}")]
    [InlineData("{\"foo\":123456789012345678901234567890123456789012345678901234567890}")]
    [InlineData("{\"foo\":1,\"foo\":2}")]
    [InlineData("{\"foo\":\"\\uffff\\/\"}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("7")]
    [InlineData("not json")]
    public async Task The_query_of_the_guide_reads_an_export_with_any_payload(string payload)
    {
        _bench.Scan.Add(FakeScan.Key(0), "{\"foo\":\"bar\"}").Add(FakeScan.Key(1), payload);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        var query = string.Join('\n', DocSample.Of("docs/guides/batch.md", "duckdb")).Replace("lake/", $"{_bench.Out}/", StringComparison.Ordinal);
        Assert.Equal(2L, Rows(query).Sum(static r => (long)r[2]));
        Assert.Equal([1L], Query($"SELECT count(*) FROM {Files} WHERE payload->>'$.foo' = 'bar'"));
    }

    [Fact]
    public async Task Large_payloads_are_not_repeated_in_headers_and_footer()
    {
        var random = new Random(1);
        for (var i = 0; i < 48; i++)
        {
            _bench.Scan.Add(FakeScan.Key(i), $"\"{Convert.ToBase64String(Bytes(random, 700_000))}\"");
        }

        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        var file = Path.Combine(_bench.Day1Directory, "part-00000.parquet");
        var bytes = await File.ReadAllBytesAsync(file);
        Assert.True(BitConverter.ToInt32(bytes, bytes.Length - 8) < 20_000, "The footer is large.");
        Assert.True(bytes.Length < 48 * 933_336, $"{bytes.Length} bytes are more than the payloads have.");
        Assert.Equal([48L, 48L * 933_338], Query($"SELECT count(*), sum(length(payload))::BIGINT FROM {Files}"));
        Assert.Equal(["VARCHAR"], Query($"SELECT DISTINCT typeof(payload) FROM {Files}"));
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static object[] Query(string sql) => Assert.Single(Rows(sql));

    private static List<object[]> Rows(string sql)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }
}
