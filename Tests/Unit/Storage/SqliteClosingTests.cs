using System.Collections.Concurrent;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Replica;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Storage;

/// <summary>The file of a closed interval, and the notes that make a restart quick.</summary>
public sealed class SqliteClosingTests : IDisposable
{
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private static readonly ClosingStep[] ClosingSteps =
        [ClosingStep.Promised, ClosingStep.Summed, ClosingStep.OutOfLog, ClosingStep.ReadOnly, ClosingStep.Noted];

    private readonly SqliteEngineHarness _sqlite = new();

    public void Dispose() => _sqlite.Dispose();

    [Fact]
    public async Task The_file_of_a_closed_interval_is_self_contained_read_only_and_says_what_it_holds()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon));
        await using var store = ReplicaStore.Open(EngineStores.SettingOf(time: time), _sqlite.Open);
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        var closed = await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();

        var file = _sqlite.FileOf(Noon);
        Assert.Equal([file, NoteOf(Noon)], Directory.GetFiles(Path.GetDirectoryName(file)!).Order());
        Assert.True(File.GetAttributes(file).HasFlag(FileAttributes.ReadOnly), "the file may be written");
        using var copies = new StorageFolder();
        var copy = Path.Combine(copies.Path, "copy.db");
        File.Copy(file, copy);
        using var database = SqliteDatabase.Open(copy, SqliteOpening.Read, vfs: null);
        Assert.Equal("delete", database.ReadText("PRAGMA journal_mode"));
        Assert.Equal("ok", database.ReadText("PRAGMA integrity_check"));
        Assert.Equal(1, database.ReadInt64("SELECT count(*) FROM blocks"));
        Assert.Equal(
            ("closed", "1", "1", closed!.DigestSum.ToString(), time.GetUtcNow().ToString("O")),
            (Meta("state"), Meta("blocks"), Meta("events"), Meta("digest"), Meta("closed_at")));
        string? Meta(string name) => IntervalMeta.Read(database, name);
    }

    [Fact]
    public async Task A_crash_after_any_step_of_closing_is_made_good_by_the_next_start()
    {
        using var images = new StorageFolder();
        var steps = new ConcurrentQueue<(ClosingStep Step, string Path)>();
        _sqlite.Seams = new SqliteSeams
        {
            OnClosingStep = step =>
            {
                var image = images.NewFolder();
                Copy(_sqlite.Path, image);
                steps.Enqueue((step, image));
            },
        };
        StoredInterval? closed;
        await using (var store = _sqlite.OpenStore())
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.AppendAsync(TestBlocks.One(i)))).Soon();
            closed = await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        }

        Assert.Equal(ClosingSteps, steps.Select(s => s.Step));
        foreach (var (step, path) in steps)
        {
            await using var again = SqliteEngineHarness.OpenAt(path, vfs: null);
            var described = Assert.Single(await again.DescribeIntervalsAsync(CancellationToken.None).Soon());
            Assert.Equal((step, IntervalState.Closed, 20L, 20L, closed!.DigestSum, null),
                (step, described.State, described.Blocks, described.Events, described.DigestSum, described.Damage));
            Assert.False(File.Exists(Path.Combine(path, "intervals", $"{Noon}.db-wal")), $"after {step} there is a log");
            Assert.Equal(AppendStatus.IntervalNotOpen, (await again.AppendAsync(TestBlocks.One(500)).Soon()).Status);
        }
    }

    [Fact]
    public async Task Closed_intervals_are_not_opened_when_the_store_is()
    {
        const int Intervals = 60;
        await using (var store = _sqlite.OpenStore())
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

        using var vfs = new FaultyVfs();
        await using var again = SqliteEngineHarness.OpenAt(_sqlite.Path, vfs.Name);
        Assert.Equal(new[] { Hour(Intervals - 2), Hour(Intervals - 1) }.Select(i => $"{i}.db"), vfs.Opened.Select(Path.GetFileName)
            .Where(name => name!.EndsWith(".db", StringComparison.Ordinal)).Distinct().Order());
        Assert.Equal((Intervals, Intervals), (again.Statistics.Blocks, again.Statistics.Events));
        Assert.Equal(Intervals, (await again.DescribeIntervalsAsync(CancellationToken.None).Soon()).Length);
        Assert.Single(await again.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
    }

    [Fact]
    public async Task A_file_that_another_program_reads_is_finished_when_closing_is_asked_for_again()
    {
        await using var store = _sqlite.OpenStore();
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        using (var stranger = SqliteDatabase.Open(_sqlite.FileOf(Noon), SqliteOpening.Read, vfs: null))
        {
            Assert.Equal(1, stranger.ReadInt64("SELECT count(*) FROM blocks"));
            await Assert.ThrowsAsync<ReplicaStoreException>(() => store.CloseIntervalAsync(Noon, CancellationToken.None)).Soon();
        }

        Assert.False(store.IsReadOnly);
        Assert.Equal(AppendStatus.IntervalNotOpen, (await store.AppendAsync(TestBlocks.One(1)).Soon()).Status);
        Assert.Equal(IntervalState.Closed, (await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon())!.State);
        Assert.False(File.Exists(_sqlite.FileOf(Noon) + "-wal"), "there is a log");
    }

    [Fact]
    public async Task A_file_that_another_program_has_locked_answers_overloaded_and_stays_writable()
    {
        await using var store = _sqlite.OpenStore();
        await store.AppendAsync(TestBlocks.One(0)).Soon();
        using (var stranger = SqliteDatabase.Open(_sqlite.FileOf(Noon), SqliteOpening.Write, vfs: null))
        {
            stranger.Execute("BEGIN IMMEDIATE");
            var reply = await store.AppendAsync(TestBlocks.One(1)).Soon();
            Assert.Equal(AppendStatus.Overloaded, reply.Status);
            Assert.NotNull(reply.RetryAfter);
            stranger.Execute("ROLLBACK");
            stranger.KeepLogOnClose();
        }

        Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(1)).Soon()).Status);
        Assert.False(store.IsReadOnly);
    }

    private string NoteOf(Interval interval) => Path.ChangeExtension(_sqlite.FileOf(interval), ".json");

    private static Interval Hour(int hour) => Interval.Containing(TestBlocks.Noon + (hour * 3_600_000L), TimeSpan.FromHours(1));

    private static void Copy(string source, string target)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
