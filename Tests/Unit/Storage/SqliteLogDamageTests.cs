using AllData.Intervals;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>Damage to SQLite's write-ahead log after a kill: SQLite drops all that lies behind it, and says nothing.</summary>
public sealed class SqliteLogDamageTests : IDisposable
{
    private const int Blocks = 12;
    private const int LogHeader = 32;
    private const int FrameHeader = 24;
    private const int Frame = FrameHeader + 4096;

    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly SqliteEngineHarness _sqlite = new();

    public void Dispose() => _sqlite.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whichever_bit_of_the_log_is_flipped_at_most_one_block_is_lost_and_that_is_told(int seed)
    {
        using var killed = await KilledAfterAsync(Blocks);
        var random = new Random(seed);
        var log = File.ReadAllBytes(LogOf(killed));
        for (var round = 0; round < 10; round++)
        {
            using var copy = new StorageFolder();
            CopyFiles(killed.Path, copy.Path);
            var at = round < 4 ? round * 8 : random.Next(log.Length);
            Flip(LogOf(copy), at, 1 << random.Next(8));
            await using var store = SqliteEngineHarness.OpenAt(copy.Path, vfs: null);
            var missing = await MissingAsync(store, Blocks);
            Assert.True(missing <= 1, $"seed {seed}, byte {at}: {missing} of {Blocks} blocks are gone");
            Assert.True(missing == 0 || store.Statistics.DamagedIntervals == 1, $"seed {seed}, byte {at}: a block is gone without a word");
        }
    }

    [Fact]
    public async Task A_damaged_place_in_the_log_is_told_and_a_block_that_is_not_found_is_an_error()
    {
        using var killed = await KilledAfterAsync(Blocks);
        Flip(LogOf(killed), LogHeader + (Frame * 20) + FrameHeader + 2_000, 0x10);
        await using var store = SqliteEngineHarness.OpenAt(killed.Path, vfs: null);
        var described = Assert.Single(await store.DescribeIntervalsAsync(CancellationToken.None).Soon());
        Assert.Contains("-wal, the log of the file, is damaged", described.Damage, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key(59_000), CancellationToken.None).Soon());
        Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(50_000)).Soon()).Status);
    }

    [Fact]
    public async Task Damage_in_the_last_transaction_of_the_log_is_told()
    {
        using var killed = await KilledAfterAsync(Blocks);
        Flip(LogOf(killed), LastFrameOf(killed) + FrameHeader + 100, 0x10);
        await using var store = SqliteEngineHarness.OpenAt(killed.Path, vfs: null);
        Assert.Equal(1, store.Statistics.DamagedIntervals);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_ends_before_what_was_answered_is_told(bool isEmpty)
    {
        using var killed = await KilledAfterAsync(Blocks);
        using (var log = new FileStream(LogOf(killed), FileMode.Open))
        {
            log.SetLength(isEmpty ? 0 : LogHeader + (Frame * 20));
        }

        await using var store = SqliteEngineHarness.OpenAt(killed.Path, vfs: null);
        Assert.Equal(1, store.Statistics.DamagedIntervals);
    }

    [Fact]
    public async Task An_older_copy_of_the_files_in_their_place_is_told()
    {
        using var older = await KilledAfterAsync(Blocks / 2);
        using var newer = await KilledAfterAsync(Blocks);
        foreach (var ending in new[] { ".db", ".db-wal" })
        {
            File.Copy(Path.Combine(older.Path, "intervals", Noon + ending), Path.Combine(newer.Path, "intervals", Noon + ending), overwrite: true);
        }

        await using var store = SqliteEngineHarness.OpenAt(newer.Path, vfs: null);
        Assert.Contains("had been answered", Assert.Single(await store.DescribeIntervalsAsync(CancellationToken.None).Soon()).Damage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2_000)]
    public async Task A_commit_that_the_kill_interrupted_is_no_damage(int bytesOfIt)
    {
        using var killed = await KilledAfterAsync(Blocks);
        using var longer = await KilledAfterAsync(Blocks + 1);
        var length = (int)new FileInfo(LogOf(killed)).Length;
        using (var log = new FileStream(LogOf(killed), FileMode.Append))
        {
            log.Write(File.ReadAllBytes(LogOf(longer)).AsSpan(length, FrameHeader + bytesOfIt));
        }

        await using var store = SqliteEngineHarness.OpenAt(killed.Path, vfs: null);
        Assert.Equal((0, Blocks), (store.Statistics.DamagedIntervals, (int)store.Statistics.Blocks));
    }

    [Fact]
    public async Task A_kill_after_the_log_was_copied_into_the_file_and_begun_again_is_no_damage()
    {
        using var killed = new StorageFolder();
        await using (var store = _sqlite.OpenStore(new StorageOptions { CheckpointBytes = 2_000 }))
        {
            await AppendAsync(store, 0, 40);
            CopyFiles(_sqlite.Path, killed.Path);
        }

        await using var again = SqliteEngineHarness.OpenAt(killed.Path, vfs: null);
        Assert.Equal((0, 40), (again.Statistics.DamagedIntervals, (int)again.Statistics.Blocks));
    }

    [Fact]
    public async Task After_a_clean_stop_nothing_lies_beside_the_files_and_their_notes()
    {
        await using (var store = _sqlite.OpenStore())
        {
            await AppendAsync(store, 0, 3);
        }

        await using (var reader = _sqlite.OpenStore())
        {
            Assert.Equal(0, await MissingAsync(reader, 3));
        }

        Assert.Equal(
            [$"{Noon}.db", $"{Noon}.json"], Directory.EnumerateFiles(Path.Combine(_sqlite.Path, "intervals")).Select(Path.GetFileName).Order());
    }

    // A copy of the files while the store is open is what a kill leaves.
    private static async Task<StorageFolder> KilledAfterAsync(int blocks)
    {
        using var harness = new SqliteEngineHarness();
        var copy = new StorageFolder();
        await using var store = harness.OpenStore();
        await AppendAsync(store, 0, blocks);
        CopyFiles(harness.Path, copy.Path);
        return copy;
    }

    // One after the other: a transaction each.
    private static async Task AppendAsync(IReplicaStore store, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(i * 10, new string((char)('a' + i % 20), 300))).Soon()).Status);
        }
    }

    private static async Task<int> MissingAsync(IReplicaStore store, int blocks)
    {
        var missing = 0;
        for (var i = 0; i < blocks; i++)
        {
            try
            {
                missing += (await store.ReadAsync(TestBlocks.Key(i * 10), CancellationToken.None).Soon()).Length == 1 ? 0 : 1;
            }
            catch (ReplicaStoreException)
            {
                missing++;
            }
        }

        return missing;
    }

    private static string LogOf(StorageFolder folder) => Path.Combine(folder.Path, "intervals", $"{Noon}.db-wal");

    private static long LastFrameOf(StorageFolder folder) => LogHeader + ((new FileInfo(LogOf(folder)).Length - LogHeader) / Frame * Frame) - Frame;

    private static void Flip(string path, long at, int bit)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= (byte)bit;
        File.WriteAllBytes(path, bytes);
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
