using System.CommandLine;
using System.Text.Json;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Security;
using AllData.Silo.Commands;
using AllData.Storage;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class InspectCommandTests : IDisposable
{
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly SqliteEngineHarness _sqlite = new();
    private readonly StorageFolder _copies = new();

    public void Dispose()
    {
        _copies.Dispose();
        _sqlite.Dispose();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task The_blocks_of_a_closed_file_or_of_a_copy_of_an_open_one_are_listed_and_nothing_is_changed(bool closed, bool withLog)
    {
        var block = TestBlocks.Of((TestBlocks.Key(0), "{}"), (TestBlocks.Key(7), "{}"));
        var file = await Copy(closed, withLog, block, TestBlocks.One(9));
        var before = Directory.GetFiles(_copies.Path).Order().Select(f => (f, Convert.ToHexString(File.ReadAllBytes(f)))).ToList();

        var (code, output, errors) = await Inspect(file);

        Assert.Equal((0, ""), (code, errors));
        var line = Assert.Single(output.Split('\n'), l => l.StartsWith(block.Header.Id.ToString() + " ", StringComparison.Ordinal));
        Assert.All(
            [$"{block.Header.Copyset.Id.Value:x16}", "{1,2,3}", $"{block.Header.FirstKey}", $"{block.Header.LastKey}", "2 events",
                $"{block.Bytes.Bytes.Length} bytes", "intact"],
            part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.All(["north-a", TestBlocks.Cluster.ToString(), Noon.ToString()], part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.Equal(closed, output.Contains("closed_at", StringComparison.Ordinal));
        Assert.Equal(before, Directory.GetFiles(_copies.Path).Order().Select(f => (f, Convert.ToHexString(File.ReadAllBytes(f)))));
    }

    [Fact]
    public async Task Encrypted_events_are_printed_with_the_file_of_their_key_and_without_it_as_unreadable()
    {
        var file = await Copy(closed: true, withLog: false, TestBlocks.Encrypted(TestKeys.Key(0), 0, """{"a":1}"""));
        var key = Path.Combine(_copies.Path, "key");
        PrivateFiles.Write(key, Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(static i => (byte)i)]));

        var (_, without, _) = await Inspect(file, "--events");
        var (_, with, _) = await Inspect(file, "--events", "--key-file", key);
        var (code, _, errors) = await Inspect(file, "--events", "--key-file", file);

        Assert.Equal($$"""{"key":"{{TestBlocks.Key(0)}}","unreadable":"keyMissing","encryptionKeyId":"{{TestKeys.Key(0).Id}}"}""", without.Split('\n')[0]);
        Assert.Equal($$$"""{"key":"{{{TestBlocks.Key(0)}}}","event":{"a":1}}""", with.Split('\n')[0]);
        Assert.Equal(1, code);
        Assert.Contains("--key-file is", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_printed_as_one_document_a_line_whatever_their_payload()
    {
        var payloads = new[] { "{\"a\": 1.50}", "[1,\n  2]", "no json", "\"\u00fc\"" };
        var file = await Copy(closed: true, withLog: false, TestBlocks.Of([.. payloads.Select((p, i) => (TestBlocks.Key(i), p))]));

        var (code, output, _) = await Inspect(file, "--events");

        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(Enumerable.Range(0, 4).Select(i => TestBlocks.Key(i).ToString()), lines.Take(4).Select(l => l.GetProperty("key").GetString()));
        Assert.Equal("1.50", lines[0].GetProperty("event").GetProperty("a").GetRawText());
        Assert.Equal(2, lines[1].GetProperty("event").GetArrayLength());
        Assert.Equal("no json", System.Text.Encoding.UTF8.GetString(lines[2].GetProperty("base64").GetBytesFromBase64()));
        Assert.Equal("\u00fc", lines[3].GetProperty("event").GetString());
    }

    [Fact]
    public async Task One_block_is_printed_alone_and_a_damaged_one_is_named()
    {
        var (intact, damaged) = (TestBlocks.One(0, "1"), TestBlocks.One(1, "2"));
        await using (var store = _sqlite.OpenStore())
        {
            await store.AppendAsync(intact).Soon();
            await store.AppendAsync(damaged).Soon();
        }

        _sqlite.Damage(damaged.Header.Id);
        var file = _sqlite.FileOf(Noon);
        Assert.Contains("it is damaged", (await Inspect(file, "--block", damaged.Header.Id.ToString())).Output, StringComparison.Ordinal);
        var (code, output, errors) = await Inspect(file, "--events");
        Assert.Equal((0, $"{{\"key\":\"{TestBlocks.Key(0)}\",\"event\":1}}\n"), (code, output.ReplaceLineEndings("\n")));
        Assert.Contains(damaged.Header.Id.ToString(), errors, StringComparison.Ordinal);
        Assert.Equal(output, (await Inspect(file, "--events", "--block", intact.Header.Id.ToString())).Output);
    }

    [Fact]
    public async Task What_is_no_interval_file_ends_with_1_and_a_sentence()
    {
        var text = Path.Combine(_copies.Path, "text");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("This is no database. ", 500)));
        var other = Path.Combine(_copies.Path, "other.db");
        using (var database = SqliteDatabase.Open(other, SqliteOpening.Create, vfs: null))
        {
            database.Execute("CREATE TABLE holiday_photos(name TEXT)");
        }

        foreach (var (arguments, sentence) in new[]
        {
            (new[] { Path.Combine(_copies.Path, "none") }, "There is no file"), ([text], "cannot be read as an interval file"),
            ([other], "another application"), ([await Copy(closed: true, withLog: false), "--block", "1.2.3"], "has no block 1.2.3"),
        })
        {
            var (code, _, errors) = await Inspect(arguments);
            Assert.Equal(1, code);
            Assert.Contains(sentence, errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_files_of_the_log_store_are_read_as_well(bool closed)
    {
        using var log = new LogEngineHarness();
        var (block, damaged) = (TestBlocks.OfTopic("orders", (TestBlocks.Key(0), "1")), TestBlocks.One(1, "2"));
        await using (var store = log.OpenStore())
        {
            await store.AppendAsync(block).Soon();
            await store.AppendAsync(damaged).Soon();
            if (closed)
            {
                await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
            }
        }

        log.Damage(damaged.Header.Id);
        var file = closed ? log.FileOf(Noon) : log.SegmentsOf(Noon)[0];
        var (code, output, errors) = await Inspect(file);
        Assert.Equal((0, ""), (code, errors));
        Assert.All(
            ["north-a", TestBlocks.Cluster.ToString(), Noon.ToString(), "{1,2,3}", "intact  topic orders", "it is damaged"],
            part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.Equal(closed, output.Contains("closed_at", StringComparison.Ordinal));
        Assert.Contains($"\"key\":\"{TestBlocks.Key(0)}\"", (await Inspect(file, "--events")).Output, StringComparison.Ordinal);
    }

    private async Task<string> Copy(bool closed, bool withLog, params Block[] blocks)
    {
        var copy = Path.Combine(_copies.Path, "copy of an interval.db");
        await using var store = _sqlite.OpenStore(new StorageOptions { CheckpointBytes = withLog ? 1 << 20 : 1 });
        foreach (var block in blocks.Append(TestBlocks.One(50)))
        {
            await store.AppendAsync(block).Soon();
        }

        if (closed)
        {
            await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        }
        else if (!withLog)
        {
            await store.DisposeAsync();
        }

        File.Copy(_sqlite.FileOf(Noon), copy);
        if (withLog)
        {
            File.Copy(_sqlite.FileOf(Noon) + "-wal", copy + "-wal");
        }

        return copy;
    }

    private static async Task<(int Code, string Output, string Errors)> Inspect(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await SiloCommands.Create().Parse(["inspect", .. arguments])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        return (code, output.ToString(), errors.ToString());
    }
}
