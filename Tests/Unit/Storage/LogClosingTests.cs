using System.Collections.Concurrent;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Log;
using AllData.Storage.Replica;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Storage;

/// <summary>The file of a closed interval, how it is made of the segments, and how repair changes it.</summary>
public sealed class LogClosingTests : IDisposable
{
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly LogEngineHarness _log = new();

    private string NoonFile => _log.FileOf(Noon);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task The_file_of_a_closed_interval_is_alone_read_only_in_the_order_of_its_keys_and_says_what_it_holds()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon));
        await using var store = ReplicaStore.Open(EngineStores.SettingOf(time: time), _log.Open);
        foreach (var i in new[] { 7, 3, 5, 1 })
        {
            await store.AppendAsync(TestBlocks.One(i)).Soon();
        }

        var closed = await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();

        Assert.Equal([Path.ChangeExtension(NoonFile, ".json"), NoonFile], Directory.GetFiles(Path.GetDirectoryName(NoonFile)!).Order());
        Assert.True(File.GetAttributes(NoonFile).HasFlag(FileAttributes.ReadOnly), "the file may be written");
        Assert.Equal([1, 3, 5, 7], LogRecords.Read(NoonFile).Select(static r => r.Record.First.UnixMilliseconds - TestBlocks.Noon));
        using var file = SystemLogDisk.Instance.Open(NoonFile, isWritable: false);
        Assert.True(ClosedTrailer.TryRead(file, LogFileHeader.ReadFrom(file, NoonFile), out var trailer), "the file has no trailer");
        Assert.Equal((4L, 4L, closed!.DigestSum, time.GetUtcNow()), (trailer.Sum.Blocks, trailer.Sum.Events, trailer.Sum.DigestSum, trailer.ClosedAt));
    }

    [Fact]
    public async Task A_crash_after_any_step_of_closing_is_made_good_by_the_next_start()
    {
        using var images = new StorageFolder();
        var steps = new ConcurrentQueue<(LogClosingStep Step, string Path)>();
        _log.Seams = new LogSeams { OnClosingStep = step => steps.Enqueue((step, TakeImage(images))) };
        StoredInterval? closed;
        await using (var store = _log.OpenStore())
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.AppendAsync(TestBlocks.One(i)))).Soon();
            closed = await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        }

        Assert.Equal(
            [LogClosingStep.Promised, LogClosingStep.Written, LogClosingStep.Renamed, LogClosingStep.ReadOnly, LogClosingStep.Noted, LogClosingStep.Removed],
            steps.Select(static s => s.Step));
        foreach (var (step, path) in steps)
        {
            await using var again = LogEngineHarness.OpenAt(path);
            var described = Assert.Single(await again.DescribeIntervalsAsync(CancellationToken.None).Soon());
            Assert.Equal((step, IntervalState.Closed, 20L, 20L, closed!.DigestSum, null),
                (step, described.State, described.Blocks, described.Events, described.DigestSum, described.Damage));
            Assert.Equal([$"{Noon}.json", $"{Noon}.log"], FilesIn(path));
            Assert.Equal(AppendStatus.IntervalNotOpen, (await again.AppendAsync(TestBlocks.One(500)).Soon()).Status);
            Assert.Single(await again.ReadAsync(TestBlocks.Key(7), CancellationToken.None).Soon());
        }
    }

    [Fact]
    public async Task A_crash_after_any_step_of_completing_a_closed_interval_loses_nothing_and_keeps_the_promise()
    {
        using var images = new StorageFolder();
        var (taken, blocks) = (new ConcurrentQueue<(string Step, long Blocks, string Path)>(), 0L);
        _log.Seams = new LogSeams { OnClosingStep = step => taken.Enqueue((step.ToString(), blocks, TakeImage(images))) };
        await using (var store = _log.OpenStore())
        {
            await store.AppendAsync(TestBlocks.One(0)).Soon();
            await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
            (taken, blocks) = ([], 1);
            await store.RestoreAsync(TestBlocks.One(1)).Soon();
            blocks = 2;
            taken.Enqueue(("Answered", blocks, TakeImage(images)));
            Assert.Null(await store.VerifyIntervalAsync(Noon, isComplete: false, CancellationToken.None).Soon());
        }

        Assert.Equal(["Reopened", "Answered", "Written", "Renamed", "ReadOnly", "Noted", "Removed"], taken.Select(static image => image.Step));
        foreach (var (step, held, path) in taken)
        {
            await using var again = LogEngineHarness.OpenAt(path);
            var described = Assert.Single(await again.DescribeIntervalsAsync(CancellationToken.None).Soon());
            Assert.Equal((step, IntervalState.Closed, held, null), (step, described.State, described.Blocks, described.Damage));
            Assert.Equal([$"{Noon}.json", $"{Noon}.log"], FilesIn(path));
            Assert.Equal(AppendStatus.IntervalNotOpen, (await again.AppendAsync(TestBlocks.One(500)).Soon()).Status);
            Assert.Equal(held == 2 ? 1 : 0, (await again.ReadAsync(TestBlocks.Key(1), CancellationToken.None).Soon()).Length);
        }
    }

    [Fact]
    public async Task Closed_intervals_are_not_opened_when_the_store_is()
    {
        const int Intervals = 60;
        await using (var store = _log.OpenStore())
        {
            for (var hour = 0; hour < Intervals; hour++)
            {
                await store.AppendAsync(TestBlocks.One(hour * 3_600_000L)).Soon();
                if (hour < Intervals - 2)
                {
                    await store.CloseIntervalAsync(Hour(hour), CancellationToken.None).Soon();
                }
            }
        }

        var disk = new FaultyLogDisk();
        await using var again = LogEngineHarness.OpenAt(_log.Path, disk);
        Assert.DoesNotContain(disk.Opened, static path => path.EndsWith(LogFormat.Extension, StringComparison.Ordinal));
        Assert.Equal((Intervals, Intervals), (again.Statistics.Blocks, again.Statistics.Events));
        Assert.Equal(Intervals, (await again.DescribeIntervalsAsync(CancellationToken.None).Soon()).Length);
        Assert.Single(await again.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
        Assert.Equal([_log.FileOf(Hour(0))], disk.Opened.Where(static path => path.EndsWith(LogFormat.Extension, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_interval_that_has_no_room_to_be_closed_is_read_and_closed_later()
    {
        await using var store = _log.OpenStore();
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        _log.Seams = _log.Seams with { OnClosingStep = null };
        _log.Disk.IsFull = true;
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.CloseIntervalAsync(Noon, CancellationToken.None)).Soon();
        _log.Disk.IsFull = false;
        Assert.Single(await store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
    }

    [Fact]
    public void The_indexes_of_closed_intervals_are_kept_within_a_bound_and_none_is_closed_while_it_is_read()
    {
        using var folder = new StorageFolder();
        var opened = new List<ClosedFile>();
        using var closed = new ClosedIntervals(maxBlocks: 0, _ =>
        {
            opened.Add(WriteClosed(folder));
            return opened[^1];
        });
        closed.Use(Noon, outer =>
        {
            closed.Use(Noon.Next, static inner => inner.Index.Count);
            return outer.Decode(outer.Index.Get(1)).Header.Id;
        });
        Assert.Equal(2, opened.Count);
        Assert.All(opened, static file => Assert.Throws<ObjectDisposedException>(() => file.Decode(file.Index.Get(1))));
    }

    [Theory]
    [InlineData("trailer")]
    [InlineData("index")]
    [InlineData("header")]
    [InlineData("cut")]
    public async Task A_closed_file_that_is_damaged_is_set_aside_and_all_that_is_left_of_it_is_served(string where)
    {
        const int Blocks = 50;
        await FillAsync(Blocks);
        using (var file = SystemLogDisk.Instance.Open(NoonFile, isWritable: false))
        {
            ClosedTrailer.TryRead(file, LogFileHeader.ReadFrom(file, NoonFile), out var trailer);
            var length = file.Length;
            file.Dispose();
            var at = where switch { "trailer" => length - 30, "index" => trailer.Index + 120, _ => 70 };
            if (where == "cut")
            {
                FileBytes.Cut(NoonFile, trailer.Index / 2);
            }
            else
            {
                FileBytes.Flip(NoonFile, at, 4);
            }
        }

        await using (var store = _log.OpenStore())
        {
            // A closed file is believed until it is read; one that was cut shows it at once.
            if (where != "cut")
            {
                await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key(0), CancellationToken.None)).Soon();
                Assert.Equal(1, store.Statistics.DamagedIntervals);
                await store.VerifyIntervalAsync(Noon, isComplete: false, CancellationToken.None).Soon();
            }

            var described = Assert.Single(await store.DescribeIntervalsAsync(CancellationToken.None).Soon());
            Assert.Equal(IntervalState.Closed, described.State);
            Assert.Contains("set aside as", described.Damage, StringComparison.Ordinal);
            Assert.InRange(described.Blocks, where == "cut" ? 10 : Blocks, where == "cut" ? Blocks - 10 : Blocks);
            Assert.True(File.Exists(NoonFile.Replace(".log", ".damaged-1", StringComparison.Ordinal)), "the file was not kept");
            Assert.Single(await store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
            Assert.Equal(AppendStatus.IntervalNotOpen, (await store.AppendAsync(TestBlocks.One(900)).Soon()).Status);
        }

        await using var again = _log.OpenStore();
        Assert.Equal(1, again.Statistics.DamagedIntervals);
        Assert.Null(await VerifyAllAsync(again, Blocks));
        Assert.Equal(Blocks, Assert.Single(await again.DescribeIntervalsAsync(CancellationToken.None).Soon()).Blocks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whichever_byte_of_a_closed_file_is_flipped_no_wrong_event_is_read_and_after_a_scrub_none_is_denied(int seed)
    {
        const int Blocks = 60;
        await FillAsync(Blocks);
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            using var copy = new StorageFolder();
            FolderCopy.Take(_log.Path, copy.Path);
            var offset = random.NextInt64(new FileInfo(NoonFile).Length);
            FileBytes.Flip(Path.Combine(copy.Path, "intervals", $"{Noon}.log"), offset, (byte)(1 << random.Next(8)));
            for (var restarts = 0; restarts < 2; restarts++)
            {
                await using var store = LogEngineHarness.OpenAt(copy.Path);
                for (ScrubPosition? position = ScrubPosition.Start; position is not null;)
                {
                    position = (await store.ScrubAsync(position, 1 << 20, CancellationToken.None).Soon()).Next;
                }

                for (var i = 0; i < Blocks; i++)
                {
                    Assert.True(await IsThereOrToldAsync(store, i * 10), $"seed {seed}, byte {offset}: an event is denied although a scrub has seen the file");
                }
            }
        }
    }

    private static async Task<bool> IsThereOrToldAsync(IReplicaStore store, long milliseconds)
    {
        try
        {
            var read = await store.ReadAsync(TestBlocks.Key(milliseconds), CancellationToken.None).Soon();
            Assert.All(read, static payload => Assert.Equal("one", payload.ToString()));
            return read.Length == 1;
        }
        catch (ReplicaStoreException)
        {
            return true;
        }
    }

    private static async Task<string?> VerifyAllAsync(IReplicaStore store, int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            // With other ids they are other blocks of the same events: what is lost comes back like this.
            if (!await IsHeldAsync(store, i * 10))
            {
                Assert.Equal(AppendStatus.Stored, (await store.RestoreAsync(TestBlocks.One(i * 10)).Soon()).Status);
            }
        }

        return await store.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon();
    }

    private static async Task<bool> IsHeldAsync(IReplicaStore store, long milliseconds)
    {
        try
        {
            return (await store.ReadAsync(TestBlocks.Key(milliseconds), CancellationToken.None).Soon()).Length == 1;
        }
        catch (ReplicaStoreException)
        {
            return false;
        }
    }

    private async Task FillAsync(int blocks)
    {
        await using var store = _log.OpenStore();
        for (var i = 0; i < blocks; i++)
        {
            await store.AppendAsync(TestBlocks.One(i * 10)).Soon();
        }

        await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
    }

    private static ClosedFile WriteClosed(StorageFolder folder)
    {
        var directory = folder.NewFolder();
        using (var store = new Closing(LogEngineHarness.OpenAt(directory)))
        {
            store.Run();
        }

        return ClosedFile.Open(
            Path.Combine(directory, "intervals", $"{Noon}.log"), Noon, EngineStores.SettingOf().Identity, SystemLogDisk.Instance);
    }

    private string TakeImage(StorageFolder images)
    {
        var image = images.NewFolder();
        FolderCopy.Take(_log.Path, image);
        return image;
    }

    private static IEnumerable<string?> FilesIn(string path) => Directory.GetFiles(Path.Combine(path, "intervals")).Select(Path.GetFileName).Order();

    private static Interval Hour(int hour) => Interval.Containing(TestBlocks.Noon + (hour * 3_600_000L), TimeSpan.FromHours(1));

    private sealed class Closing(IReplicaStore store) : IDisposable
    {
        public void Run()
        {
            store.AppendAsync(TestBlocks.One(0)).Wait();
            store.CloseIntervalAsync(Noon, CancellationToken.None).Wait();
        }

        public void Dispose() => store.DisposeAsync().AsTask().Wait();
    }
}
