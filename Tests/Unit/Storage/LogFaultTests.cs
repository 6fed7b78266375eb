using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Log;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>
/// What a disk does to the log store: flushes that fail once, writes that are short or go elsewhere, files that lose their ends or their index.
/// </summary>
public sealed class LogFaultTests : IDisposable
{
    private const int Blocks = 12;

    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly LogEngineHarness _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flush_that_fails_once_costs_nothing_that_is_answered_even_if_the_power_fails(bool isFirst)
    {
        await using var store = _log.OpenStore();
        await AppendAsync(store, 0, isFirst ? 0 : 3);
        _log.Disk.FlushesToFail = 1;
        await AppendAsync(store, 3, 9);
        Assert.Equal(0, _log.Disk.FlushesToFail);
        Assert.False(store.IsReadOnly);

        using var image = new StorageFolder();
        _log.Disk.WritePowerLossImage(_log.Path, image.Path, random: null);
        await using var again = LogEngineHarness.OpenAt(image.Path);
        Assert.Equal(0, await MissingAsync(again, 3, 9));
        Assert.Equal((isFirst ? 6 : 9, 0), ((int)again.Statistics.Blocks, (int)again.Statistics.DamagedIntervals));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(300)]
    public async Task A_write_that_is_cut_short_is_done_again_elsewhere_and_is_no_damage_later(int arrived)
    {
        using var killed = new StorageFolder();
        await using (var store = _log.OpenStore())
        {
            await AppendAsync(store, 0, 3);
            _log.Disk.ShortWrite = arrived;
            await AppendAsync(store, 3, 6);
            CopyFiles(_log.Path, killed.Path);
        }

        foreach (var path in new[] { killed.Path, _log.Path })
        {
            await using var again = LogEngineHarness.OpenAt(path);
            Assert.Equal(0, await MissingAsync(again, 0, 6));
            Assert.Equal((6, 0), ((int)again.Statistics.Blocks, (int)again.Statistics.DamagedIntervals));
        }
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(-400)]
    [InlineData(8)]
    public async Task A_write_that_went_elsewhere_is_found_and_gives_no_other_event(long misdirection)
    {
        using var killed = new StorageFolder();
        await using (var store = _log.OpenStore())
        {
            await AppendAsync(store, 0, 5);
            _log.Disk.Misdirection = misdirection;
            await AppendAsync(store, 5, Blocks);
            CopyFiles(_log.Path, killed.Path);

            // The index knows where the block should be: reading it is an error and not another block.
            await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key(50), CancellationToken.None).Soon());
        }

        await using var again = LogEngineHarness.OpenAt(killed.Path);
        Assert.Equal(1, again.Statistics.DamagedIntervals);
        Assert.InRange(await MissingAsync(again, 0, Blocks), 1, 3);
        await Assert.ThrowsAsync<ReplicaStoreException>(() => again.ReadAsync(TestBlocks.Key(50), CancellationToken.None).Soon());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(200)]
    public async Task A_commit_that_the_kill_interrupted_is_no_damage(int bytesOfIt)
    {
        using var killed = await KilledAfterAsync(Blocks);
        var segment = Assert.Single(LogEngineHarness.SegmentsIn(killed.Path, Noon));
        var last = LogRecords.Read(segment)[^1];

        // The records of one commit more, as far as they had come.
        var record = last.Record with { Commit = last.Record.Commit + 1, Number = Blocks + 1, Id = TestBlocks.NewId() };
        var whole = new byte[LogRecord.HeaderLength + 300];
        var offset = last.Offset + last.Record.TotalLength;
        record.WriteTo(whole, last.Header.Seed, offset);
        FileBytes.Write(segment, offset, whole.AsSpan(0, bytesOfIt));

        // Its length had come before its bytes.
        FileBytes.Cut(segment, offset + record.TotalLength + 4096);

        await using (var store = LogEngineHarness.OpenAt(killed.Path))
        {
            Assert.Equal((0, Blocks), ((int)store.Statistics.DamagedIntervals, (int)store.Statistics.Blocks));
            await AppendAsync(store, Blocks, Blocks + 2);
        }

        // The next start, too, knows from the segments alone where the torn one ends.
        File.Delete(Path.Combine(killed.Path, "intervals", Noon + LogFormat.IndexExtension));
        await using var again = LogEngineHarness.OpenAt(killed.Path);
        Assert.Equal((0, Blocks + 2), ((int)again.Statistics.DamagedIntervals, (int)again.Statistics.Blocks));
        Assert.Equal(0, await MissingAsync(again, 0, Blocks + 2));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_tail_that_was_answered_and_is_lost_is_told(bool isZeroed, bool hasIndex)
    {
        using var killed = await KilledAfterAsync(Blocks);
        if (hasIndex)
        {
            // A clean stop.
            await LogEngineHarness.OpenAt(killed.Path).DisposeAsync();
        }

        var segment = Assert.Single(LogEngineHarness.SegmentsIn(killed.Path, Noon));
        var last = LogRecords.Read(segment)[^1];
        if (isZeroed)
        {
            FileBytes.Write(segment, last.Offset, new byte[last.Record.TotalLength]);
        }
        else
        {
            FileBytes.Cut(segment, last.Offset);
        }

        await using var store = LogEngineHarness.OpenAt(killed.Path);
        Assert.Contains("had been answered", Assert.Single(await DescribeAsync(store)).Damage, StringComparison.Ordinal);
        Assert.Equal(1, await MissingAsync(store, 0, Blocks));
    }

    [Fact]
    public async Task A_block_that_lies_in_the_place_of_another_is_damage_and_not_an_event_that_is_not_held()
    {
        await using (var store = _log.OpenStore())
        {
            await AppendAsync(store, 0, 3);
        }

        var segment = Assert.Single(_log.SegmentsOf(Noon));
        var blocks = LogRecords.Read(segment).Where(static r => r.Record.Kind == LogRecordKind.Block).ToList();
        Assert.Equal(blocks[0].Record.Length, blocks[1].Record.Length);
        var other = FileBytes.Read(segment, blocks[1].Offset + LogRecord.HeaderLength, blocks[1].Record.Length);
        FileBytes.Write(segment, blocks[0].Offset + LogRecord.HeaderLength, other);
        await using var again = _log.OpenStore();
        await Assert.ThrowsAsync<ReplicaStoreException>(() => again.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
        Assert.Single(again.DamagedEntries);
        Assert.Equal(1, await MissingAsync(again, 0, 3));
    }

    [Fact]
    public async Task Damage_in_the_last_commit_that_was_answered_is_told_when_it_is_read()
    {
        using var killed = await KilledAfterAsync(Blocks);
        var segment = Assert.Single(LogEngineHarness.SegmentsIn(killed.Path, Noon));
        FileBytes.Flip(segment, LogRecords.Read(segment)[^1].Offset + LogRecord.HeaderLength + 150, 0x10);
        await using var store = LogEngineHarness.OpenAt(killed.Path);
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key((Blocks - 1) * 10), CancellationToken.None).Soon());
        Assert.Single(store.DamagedEntries);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whichever_bit_is_flipped_at_most_one_block_is_lost_and_that_is_told(int seed)
    {
        using var killed = await KilledAfterAsync(Blocks);
        var random = new Random(seed);
        var name = Path.GetFileName(Assert.Single(LogEngineHarness.SegmentsIn(killed.Path, Noon)));
        var used = LogRecords.Read(Path.Combine(killed.Path, "intervals", name))[^1] is var last ? last.Offset + last.Record.TotalLength : 0;
        for (var round = 0; round < 20; round++)
        {
            using var copy = new StorageFolder();
            CopyFiles(killed.Path, copy.Path);
            var at = round < 4 ? round * 16 : random.NextInt64(used);
            FileBytes.Flip(Path.Combine(copy.Path, "intervals", name), at, (byte)(1 << random.Next(8)));
            await using var store = LogEngineHarness.OpenAt(copy.Path);
            var missing = await MissingAsync(store, 0, Blocks);
            Assert.True(missing <= 1, $"seed {seed}, byte {at}: {missing} of {Blocks} blocks are gone");
            Assert.True(
                missing == 0 || store.Statistics.DamagedIntervals + store.DamagedEntries.Length > 0, $"seed {seed}, byte {at}: a block is gone without a word");
        }
    }

    [Fact]
    public async Task An_older_copy_of_a_segment_in_its_place_is_told()
    {
        using var older = new StorageFolder();
        using var newer = new StorageFolder();
        await using (var store = _log.OpenStore())
        {
            await AppendAsync(store, 0, Blocks / 2);
            CopyFiles(_log.Path, older.Path);
            await AppendAsync(store, Blocks / 2, Blocks);
            CopyFiles(_log.Path, newer.Path);
        }

        var name = Path.GetFileName(Assert.Single(LogEngineHarness.SegmentsIn(newer.Path, Noon)));
        File.Copy(Path.Combine(older.Path, "intervals", name), Path.Combine(newer.Path, "intervals", name), overwrite: true);
        await using var again = LogEngineHarness.OpenAt(newer.Path);
        Assert.Contains("had been answered", Assert.Single(await DescribeAsync(again)).Damage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segment_that_is_gone_is_told_and_the_others_are_read()
    {
        for (var starts = 0; starts < 3; starts++)
        {
            // Each process begins a segment.
            await using var store = _log.OpenStore();
            await AppendAsync(store, starts * 4, (starts + 1) * 4);
        }

        var segments = _log.SegmentsOf(Noon);
        Assert.Equal(3, segments.Length);
        File.Delete(segments[1]);
        await using var again = _log.OpenStore();
        Assert.Contains("is missing", Assert.Single(await DescribeAsync(again)).Damage, StringComparison.Ordinal);
        Assert.Equal((8L, 4), (again.Statistics.Blocks, await MissingAsync(again, 0, Blocks)));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("old")]
    [InlineData("other")]
    public async Task An_index_that_is_lost_damaged_or_old_costs_nothing(string what)
    {
        var options = new StorageOptions { CheckpointBytes = 1_000 };
        using var old = new StorageFolder();
        await using (var store = _log.OpenStore(options))
        {
            await AppendAsync(store, 0, 6);
        }

        var index = Path.Combine(_log.Path, "intervals", Noon + LogFormat.IndexExtension);
        File.Copy(index, Path.Combine(old.Path, "index"));
        await using (var store = _log.OpenStore(options))
        {
            await AppendAsync(store, 6, Blocks);
        }

        switch (what)
        {
            case "gone":
                File.Delete(index);
                break;
            case "cut":
                FileBytes.Cut(index, new FileInfo(index).Length - 5);
                break;
            case "flipped":
                FileBytes.Flip(index, 700, 1);
                break;
            case "old":
                File.Copy(Path.Combine(old.Path, "index"), index, overwrite: true);
                break;
            default:
                File.WriteAllText(index, "This is no index.");
                break;
        }

        await using var again = _log.OpenStore();
        Assert.Equal((Blocks, 0), ((int)again.Statistics.Blocks, (int)again.Statistics.DamagedIntervals));
        Assert.Equal(0, await MissingAsync(again, 0, Blocks));
        Assert.Equal(Blocks, (await again.ReadBucketsAsync(new BucketRange(Noon.FirstMinute, Noon.EndMinute, 100), CancellationToken.None).Soon())
            .Buckets.Sum(static bucket => bucket.Blocks));
    }

    [Fact]
    public async Task A_restart_reads_the_end_of_the_log_and_not_all_of_it()
    {
        await using (var store = _log.OpenStore())
        {
            for (var i = 0; i < 30; i++)
            {
                await store.AppendAsync(TestBlocks.One(i * 10, new string('x', 30_000))).Soon();
            }
        }

        var disk = new FaultyLogDisk();
        await using var again = LogEngineHarness.OpenAt(_log.Path, disk);
        Assert.Equal(30, again.Statistics.Blocks);
        Assert.InRange(disk.BytesRead, 1, 600_000);
    }

    // A copy of the files while the store is open is what a kill leaves.
    private static async Task<StorageFolder> KilledAfterAsync(int blocks)
    {
        using var harness = new LogEngineHarness();
        var copy = new StorageFolder();
        await using var store = harness.OpenStore();
        await AppendAsync(store, 0, blocks);
        CopyFiles(harness.Path, copy.Path);
        return copy;
    }

    // One after the other: a commit each.
    private static async Task AppendAsync(IReplicaStore store, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(i * 10, Payload(i))).Soon()).Status);
        }
    }

    private static string Payload(int i) => new((char)('a' + (i % 20)), 300);

    private static async Task<int> MissingAsync(IReplicaStore store, int from, int to)
    {
        var missing = 0;
        for (var i = from; i < to; i++)
        {
            try
            {
                var read = await store.ReadAsync(TestBlocks.Key(i * 10), CancellationToken.None).Soon();
                Assert.All(read, payload => Assert.Equal(Payload(i), payload.ToString()));
                missing += read.Length == 1 ? 0 : 1;
            }
            catch (ReplicaStoreException)
            {
                missing++;
            }
        }

        return missing;
    }

    private static async Task<IReadOnlyList<StoredInterval>> DescribeAsync(IReplicaStore store) =>
        await store.DescribeIntervalsAsync(CancellationToken.None).Soon();

    private static void CopyFiles(string source, string target) => FolderCopy.Take(source, target);
}
