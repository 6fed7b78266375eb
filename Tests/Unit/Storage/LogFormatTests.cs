using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage;
using AllData.Storage.Log;
using AllData.Storage.Replica;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Storage;

/// <summary>Files of the log store's format version 1, as they were written once, pin the format: docs/log-format.md describes these bytes.</summary>
public sealed class LogFormatTests : IDisposable
{
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("log-segment-v1")]
    [InlineData("log-index-v1")]
    [InlineData("log-closed-v1")]
    public async Task What_is_written_today_is_what_was_written_then(string name) =>
        Assert.Equal(Convert.ToHexString(ReadGolden(name)), Convert.ToHexString((await Write())[name]));

    [Fact]
    public async Task A_closed_file_of_then_is_read_by_the_store_of_today()
    {
        await using var store = await OpenThen(("log-closed-v1", $"{Noon}.log"));
        await CheckAsync(store, IntervalState.Closed);
    }

    [Fact]
    public async Task A_segment_of_then_is_read_by_the_store_of_today_with_and_without_its_index()
    {
        await using (var store = await OpenThen(("log-segment-v1", $"{Noon}.0001.segment"), ("log-index-v1", $"{Noon}.index")))
        {
            await CheckAsync(store, IntervalState.Open);
        }

        await using var without = await OpenThen(("log-segment-v1", $"{Noon}.0001.segment"));
        await CheckAsync(without, IntervalState.Open);
    }

    private static async Task CheckAsync(IReplicaStore store, IntervalState state)
    {
        var described = Assert.Single(await store.DescribeIntervalsAsync(CancellationToken.None).Soon());
        Assert.Equal((Noon, state, 4L, 5L, null), (described.Interval, described.State, described.Blocks, described.Events, described.Damage));
        Assert.Equal("{\"third\":3}", Assert.Single(await store.ReadAsync(TestBlocks.Key(61_000), CancellationToken.None).Soon()).ToString());
        Assert.Equal("{\"fifth\":5}", Assert.Single(await store.ReadAsync(TestBlocks.Key(63_000), CancellationToken.None).Soon()).ToString());
    }

    private async Task<IReplicaStore> OpenThen(params (string Golden, string File)[] files)
    {
        var folder = _folder.NewFolder();
        var intervals = Directory.CreateDirectory(Path.Combine(folder, "intervals")).FullName;
        foreach (var (golden, file) in files)
        {
            await File.WriteAllBytesAsync(Path.Combine(intervals, file), ReadGolden(golden));
        }

        return LogEngineHarness.OpenAt(folder);
    }

    private async Task<Dictionary<string, byte[]>> Write()
    {
        var (folder, ids) = (_folder.NewFolder(), 0);
        var seams = LogSeams.None with { NewFileId = () => new Guid(++ids, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]) };
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon));
        IReplicaStore Open() => ReplicaStore.Open(EngineStores.SettingOf(time: time), setting => LogEngine.Open(folder, seams, setting));
        byte[] Read(string ending) => File.ReadAllBytes(Path.Combine(folder, "intervals", Noon + ending));
        await using (var store = Open())
        {
            foreach (var block in Blocks())
            {
                await store.AppendAsync(block).Soon();
            }
        }

        var written = new Dictionary<string, byte[]> { ["log-segment-v1"] = Read(".0001.segment"), ["log-index-v1"] = Read(".index") };
        await using (var store = Open())
        {
            await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        }

        written["log-closed-v1"] = Read(".log");
        return written;
    }

    private static IEnumerable<Block> Blocks() =>
    [
        TestBlocks.Form(new BlockId(1, 1, 1), given: false, [(TestBlocks.Key(0), "{\"first\":1}"), (TestBlocks.Key(900), "{\"second\":2}")]),
        TestBlocks.Form(new BlockId(2, 1, 1), given: true, [(TestBlocks.Key(61_000), "{\"third\":3}")]),
        TestBlocks.Form(new BlockId(1, 1, 2), given: false, [(TestBlocks.Key(62_000), "{\"fourth\":4}")], copyset: [2, 4]),
        Late(),
    ];

    // With topic and arrival; the sequence of its id is counted, so it is set here.
    private static Block Late()
    {
        var late = TestBlocks.Late(TestBlocks.Key(500_000), "orders", (TestBlocks.Key(63_000), "{\"fifth\":5}"));
        return BlockCodec.Encode(late.Header with { Id = new BlockId(1, 1, 3) }, [new KeyedEvent(
            TestBlocks.Key(63_000), AllData.Events.EventPayload.FromText("{\"fifth\":5}").Bytes)]);
    }

    private static byte[] ReadGolden(string name)
    {
        using var golden = typeof(LogFormatTests).Assembly.GetManifestResourceStream($"AllData.Unit.Storage.Golden.{name}.bin");
        Assert.NotNull(golden);
        var bytes = new byte[golden.Length];
        golden.ReadExactly(bytes);
        return bytes;
    }
}
