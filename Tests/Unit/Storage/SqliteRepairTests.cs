using System.Collections.Concurrent;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The files of intervals that repair completes: opened for it, finished again, replaced while the store is open.</summary>
public sealed class SqliteRepairTests : IDisposable
{
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly SqliteEngineHarness _sqlite = new();

    private string NoonFile => _sqlite.FileOf(Noon);

    public void Dispose() => _sqlite.Dispose();

    [Fact]
    public async Task A_crash_after_any_step_of_completing_a_closed_interval_loses_nothing_and_keeps_the_promise()
    {
        using var images = new StorageFolder();
        var taken = new ConcurrentQueue<(string Step, long Blocks, string Path)>();
        var blocks = 0L;
        _sqlite.Seams = new SqliteSeams { OnClosingStep = step => Take(step.ToString()) };
        await using (var store = _sqlite.OpenStore())
        {
            await store.AppendAsync(TestBlocks.One(0)).Soon();
            await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
            (taken, blocks) = ([], 1);
            await store.RestoreAsync(TestBlocks.One(1)).Soon();
            blocks = 2;
            Take("Answered");
            Assert.Null(await store.VerifyIntervalAsync(Noon, isComplete: false, CancellationToken.None).Soon());
        }

        Assert.Equal(["Reopened", "Writable", "InLog", "Answered", "Summed", "OutOfLog", "ReadOnly", "Noted"], taken.Select(image => image.Step));
        foreach (var (step, held, path) in taken)
        {
            await using var again = SqliteEngineHarness.OpenAt(path, vfs: null);
            var described = Assert.Single(await again.DescribeIntervalsAsync(CancellationToken.None).Soon());
            Assert.Equal((step, IntervalState.Closed, held, null), (step, described.State, described.Blocks, described.Damage));
            Assert.False(File.Exists(Path.Combine(path, "intervals", $"{Noon}.db-wal")), $"after {step} there is a log");
            Assert.Equal(AppendStatus.IntervalNotOpen, (await again.AppendAsync(TestBlocks.One(500)).Soon()).Status);
            Assert.Equal(held == 2 ? 1 : 0, (await again.ReadAsync(TestBlocks.Key(1), CancellationToken.None).Soon()).Length);
        }

        void Take(string step)
        {
            var image = images.NewFolder();
            CopyFiles(_sqlite.Path, image);
            taken.Enqueue((step, blocks, image));
        }
    }

    [Fact]
    public async Task A_restored_interval_is_one_read_only_file_again_when_it_is_verified()
    {
        await using var store = _sqlite.OpenStore();
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        var closed = await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        await store.RestoreAsync(TestBlocks.One(1)).Soon();
        Assert.True(File.Exists(NoonFile + "-wal"), "what was completed is in no log");
        Assert.Null(await store.VerifyIntervalAsync(Noon, isComplete: false, CancellationToken.None).Soon());
        Assert.Equal([NoonFile, Path.ChangeExtension(NoonFile, ".json")], Directory.GetFiles(Path.GetDirectoryName(NoonFile)!).Order());
        Assert.True(File.GetAttributes(NoonFile).HasFlag(FileAttributes.ReadOnly), "the file may be written");
        using var database = SqliteDatabase.Open(NoonFile, SqliteOpening.Read, vfs: null);
        Assert.Equal(("2", "closed"), (IntervalMeta.Read(database, "blocks"), IntervalMeta.Read(database, "state")));
        Assert.NotEqual(closed!.DigestSum.ToString(), IntervalMeta.Read(database, "digest"));
    }

    [Fact]
    public async Task What_a_closed_interval_holds_already_does_not_open_its_file_again()
    {
        var block = TestBlocks.One(0);
        await using var store = _sqlite.OpenStore();
        await store.AppendAsync(block).Soon();
        await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        Assert.Equal(AppendStatus.AlreadyStored, (await store.RestoreAsync(block).Soon()).Status);
        Assert.True(File.GetAttributes(NoonFile).HasFlag(FileAttributes.ReadOnly), "the file may be written");
        Assert.False(File.Exists(NoonFile + "-wal"), "there is a log");
    }

    [Theory]
    [InlineData("copyset=7")]
    [InlineData("events=9")]
    [InlineData("digest=x'00'")]
    public async Task A_row_whose_columns_are_damaged_is_mended_in_a_closed_file(string column)
    {
        var block = TestBlocks.One(0);
        await using (var store = _sqlite.OpenStore())
        {
            await store.AppendAsync(block).Soon();
            await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        }

        File.SetAttributes(NoonFile, FileAttributes.Normal);
        using (var tampered = SqliteDatabase.Open(NoonFile, SqliteOpening.Write, vfs: null))
        {
            tampered.Execute($"UPDATE blocks SET {column}");
        }

        await using var again = _sqlite.OpenStore();
        await ScrubAll(again);
        Assert.Equal(block.Header.Id, Assert.Single(again.DamagedEntries).Id);
        Assert.Equal(AppendStatus.Stored, (await again.RestoreAsync(block).Soon()).Status);
        Assert.Null(await again.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon());
        Assert.Empty(again.DamagedEntries);
        Assert.Equal((1L, null), ((await Describe(again)).Blocks, (await Describe(again)).Damage));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_file_is_set_aside_and_salvaged_while_the_store_is_open_when_it_is_verified(bool closed)
    {
        const int Blocks = 300;
        var blocks = Enumerable.Range(0, Blocks).Select(i => TestBlocks.One(i * 10, new string('x', 300))).ToList();
        await using (var store = _sqlite.OpenStore())
        {
            await Task.WhenAll(blocks.Select(store.AppendAsync)).Soon();
            if (closed)
            {
                await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
            }
        }

        await using (var found = _sqlite.OpenStore())
        {
            var cursor = (await found.GetChangesAsync(default, CancellationToken.None)).Next;
            FlipAllPagesBehind(NoonFile, 40);
            await Assert.ThrowsAnyAsync<Exception>(() => ReadAll(found));

            // What is lost by setting it aside has not been compared with any peer, whatever was before.
            Assert.Contains("set aside", await found.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon(), StringComparison.Ordinal);
            Assert.True(File.Exists(NoonFile.Replace(".db", ".damaged-1")), "the file was not kept");
            Assert.False((await found.GetChangesAsync(cursor, CancellationToken.None)).IsComplete);
            var salvaged = await Describe(found);
            Assert.InRange(salvaged.Blocks, 1, Blocks - 1);
            Assert.Equal(salvaged.Blocks, found.Statistics.Blocks);

            var replies = await Task.WhenAll(blocks.Select(found.RestoreAsync)).Soon();
            Assert.Equal(salvaged.Blocks, replies.Count(reply => reply.Status == AppendStatus.AlreadyStored));
            Assert.Equal(Blocks - salvaged.Blocks, replies.Count(reply => reply.Status == AppendStatus.Stored));
            Assert.Null(await found.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon());
            Assert.False(found.IsReadOnly);
        }

        await using var again = _sqlite.OpenStore();
        var described = await Describe(again);
        Assert.Equal((closed ? IntervalState.Closed : IntervalState.Open, (long)Blocks, null), (described.State, described.Blocks, described.Damage));
        Assert.Equal(Blocks, await ReadAll(again));
    }

    [Fact]
    public async Task Large_blocks_are_named_without_reading_them()
    {
        var blocks = Enumerable.Range(0, 5).Select(i => TestBlocks.One(i, new string('x', 1_000_000))).ToList();
        await using (var store = _sqlite.OpenStore())
        {
            await Task.WhenAll(blocks.Select(store.AppendAsync)).Soon();
        }

        await using var again = _sqlite.OpenStore();
        var before = _sqlite.Vfs.BytesRead;
        var list = await again.ListBlocksAsync(new BlockListRange(Noon.FirstMinute, [], null, 100), CancellationToken.None).Soon();
        Assert.Equal(blocks.Select(b => b.Bytes.Bytes.Length), ListedBlock.ReadAll(list.Entries).Select(b => b.Bytes));
        Assert.InRange(_sqlite.Vfs.BytesRead - before, 1, 200_000);
    }

    [Fact]
    public async Task Who_needs_a_file_alone_waits_for_its_readers_within_a_bound_and_for_no_others()
    {
        using var gate = new ManualResetEventSlim();
        var intervals = new IntervalGate();
        intervals.EnterToRead(Noon);
        Assert.False(intervals.TryRunAlone(Noon, TimeSpan.FromMilliseconds(1), gate.Set), "it ran although somebody reads");
        Assert.True(intervals.TryRunAlone(Noon.Next, TimeSpan.Zero, gate.Set), "it waits for readers of another interval");
        intervals.EnterToRead(Noon);
        intervals.ExitFromReading(Noon);
        var alone = Task.Run(() => intervals.TryRunAlone(Noon, TimeSpan.FromMinutes(1), () => { }));
        intervals.ExitFromReading(Noon);
        Assert.True(await alone.Soon(), "it did not run although nobody reads");
    }

    private static async Task ScrubAll(IReplicaStore store)
    {
        for (ScrubPosition? position = ScrubPosition.Start; position is not null;)
        {
            position = (await store.ScrubAsync(position, 1 << 20, CancellationToken.None).Soon()).Next;
        }
    }

    private static async Task<int> ReadAll(IReplicaStore store)
    {
        var blocks = 0;
        await foreach (var _ in store.ReadBlocksAsync(Noon))
        {
            blocks++;
        }

        return blocks;
    }

    private static async Task<StoredInterval> Describe(IReplicaStore store) =>
        Assert.Single(await store.DescribeIntervalsAsync(CancellationToken.None).Soon());

    // The first byte of a page says what kind it is: one that says nothing cannot be read.
    private static void FlipAllPagesBehind(string path, int pages)
    {
        File.SetAttributes(path, FileAttributes.Normal);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (var offset = pages * 4096L; offset < file.Length; offset += 4096)
        {
            file.Position = offset;
            file.WriteByte(0x40);
        }
    }

    private static void CopyFiles(string source, string target)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
