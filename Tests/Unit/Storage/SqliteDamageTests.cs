using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>Files that were cut, flipped or removed while the store was closed: what is reported, what is set aside, what is still read.</summary>
public sealed partial class SqliteDamageTests : IDisposable
{
    private const int Blocks = 400;
    private const long Hour = 3_600_000;

    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly SqliteEngineHarness _sqlite = new();

    private string NoonFile => _sqlite.FileOf(Noon);

    public void Dispose() => _sqlite.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flipped_byte_in_a_page_header_hides_few_blocks_and_the_rest_is_salvaged(bool closed)
    {
        await Fill(closed);
        FlipPageHeader(LeafOf("blocks"));
        await using (var found = _sqlite.OpenStore())
        {
            // A closed file is believed until it is read.
            await Assert.ThrowsAnyAsync<Exception>(() => ReadAll(found, Noon));
            Assert.Equal(1, found.Statistics.DamagedIntervals);
            Assert.Equal(["one"], await Read(found, TestBlocks.Key(Hour)));
        }

        await using var again = _sqlite.OpenStore();
        await CheckSalvage(again, closed, atLeast: Blocks / 2, atMost: Blocks - 1);
    }

    [Fact]
    public async Task A_damaged_page_of_the_index_of_ids_costs_no_block()
    {
        await Fill(closed: true);
        FlipPageHeader(LeafOf("sqlite_autoindex_blocks_1"));
        await using (var found = _sqlite.OpenStore())
        {
            Assert.Contains((await Scrub(found)).SelectMany(p => p.Damage), damage => damage.Contains(NoonFile, StringComparison.Ordinal));
        }

        await using var again = _sqlite.OpenStore();
        await CheckSalvage(again, closed: true, atLeast: Blocks, atMost: Blocks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(103)]
    public async Task A_flipped_byte_in_the_first_page_is_not_the_end_of_the_blocks(int offset)
    {
        await Fill(closed: false);
        Flip(offset);
        await using var again = _sqlite.OpenStore();
        await CheckSalvage(again, closed: false, atLeast: Blocks, atMost: Blocks);
        Assert.Equal(AppendStatus.Stored, (await again.AppendAsync(TestBlocks.One(50_000)).Soon()).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_was_cut_is_set_aside_and_what_is_left_of_it_is_served(bool closed)
    {
        await Fill(closed);
        Cut(new FileInfo(NoonFile).Length / 2 / PageSize * PageSize);
        await using var again = _sqlite.OpenStore();
        await CheckSalvage(again, closed, atLeast: 1, atMost: Blocks - 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5_000)]
    public async Task A_file_of_which_nothing_is_left_is_reported_and_the_others_go_on(int length)
    {
        await Fill(closed: false);
        Cut(0);
        Cut(length);
        await using var again = _sqlite.OpenStore();
        await CheckSalvage(again, closed: false, atLeast: 0, atMost: 0);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_set_aside()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(NoonFile)!);
        File.WriteAllText(NoonFile, string.Concat(Enumerable.Repeat("This is no database. ", 500)));
        await using var store = _sqlite.OpenStore();
        Assert.NotNull(Assert.Single(await Describe(store)).Damage);
        Assert.StartsWith("This is no database", File.ReadAllText(NoonFile.Replace(".db", ".damaged-1")));
        Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(0)).Soon()).Status);
    }

    [Fact]
    public async Task A_log_that_was_deleted_after_a_crash_is_reported_until_it_is_repaired()
    {
        using var copy = new StorageFolder();
        await using (var store = _sqlite.OpenStore())
        {
            await Append(store, 20);
            CopyFiles(_sqlite.Path, copy.Path);
        }

        var file = NoonFile.Replace(_sqlite.Path, copy.Path, StringComparison.Ordinal);
        File.Delete(file + "-wal");
        for (var restarts = 0; restarts < 2; restarts++)
        {
            await using var again = SqliteEngineHarness.OpenAt(copy.Path, vfs: null);
            Assert.Contains("-wal", (await Describe(again))[0].Damage, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ReplicaStoreException>(() => Read(again, TestBlocks.Key(0)));
            Assert.Equal(AppendStatus.Stored, (await again.AppendAsync(TestBlocks.One(1_000 + restarts)).Soon()).Status);
        }
    }

    [Fact]
    public async Task A_clean_stop_and_a_crash_with_its_log_are_no_loss()
    {
        using var copy = new StorageFolder();
        await using (var store = _sqlite.OpenStore())
        {
            await Append(store, 20);
            CopyFiles(_sqlite.Path, copy.Path);
        }

        foreach (var path in new[] { _sqlite.Path, copy.Path })
        {
            await using var again = SqliteEngineHarness.OpenAt(path, vfs: null);
            Assert.Null((await Describe(again))[0].Damage);
            Assert.Equal(21, again.Statistics.Blocks);
        }
    }

    [Fact]
    public async Task A_crash_while_a_file_is_set_aside_loses_nothing_more()
    {
        await Fill(closed: true);
        Cut(new FileInfo(NoonFile).Length / 2 / PageSize * PageSize);
        using var copy = new StorageFolder();
        CopyFiles(_sqlite.Path, copy.Path);
        long salvaged;
        await using (var whole = _sqlite.OpenStore())
        {
            salvaged = (await Describe(whole))[0].Blocks;
        }

        // As if the process had died after the file was renamed, and again while the fresh one was being filled.
        var file = NoonFile.Replace(_sqlite.Path, copy.Path, StringComparison.Ordinal);
        File.Move(file, file.Replace(".db", ".damaged-1"));
        File.WriteAllText(file.Replace(".db", ".salvage"), "half a file");
        var note = file.Replace(".db", ".json");
        File.WriteAllText(note, File.ReadAllText(note).Replace("\"setAside\": 0", "\"setAside\": 1"));
        await using var again = SqliteEngineHarness.OpenAt(copy.Path, vfs: null);
        var described = (await Describe(again))[0];
        Assert.Equal((salvaged, IntervalState.Closed), (described.Blocks, described.State));
        Assert.False(File.Exists(file.Replace(".db", ".damaged-2")), "it was set aside twice");
    }

    [Fact]
    public async Task A_note_that_is_damaged_costs_no_block_and_is_reported()
    {
        await Fill(closed: true);
        File.WriteAllText(NoonFile.Replace(".db", ".json"), "{");
        await using var again = _sqlite.OpenStore();
        var described = (await Describe(again))[0];
        Assert.Equal((IntervalState.Closed, Blocks), (described.State, (int)described.Blocks));
        Assert.Contains(".json", described.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_block_that_does_not_hold_what_its_header_says_is_refused()
    {
        var block = TestBlocks.Of((TestBlocks.Key(1), "a"), (TestBlocks.Key(2), "b"));
        await using var store = _sqlite.OpenStore();
        foreach (var wrong in new[]
        {
            block.Header with { EventCount = 3 }, block.Header with { FirstKey = TestBlocks.Key(0) },
            block.Header with { LastKey = TestBlocks.Key(3) }, block.Header with { EventDigestSum = default },
        })
        {
            var reply = await store.AppendAsync(new Block(wrong, block.Bytes.Bytes, BlockCodec.HeaderLength(3))).Soon();
            Assert.Equal(AppendStatus.Invalid, reply.Status);
        }

        Assert.Empty(store.Intervals);
    }

    [Fact]
    public async Task A_corrupt_page_met_by_the_writer_has_its_file_set_aside_and_no_put_fails()
    {
        await Fill(closed: false);
        FlipPageHeader(LeafOf("sqlite_autoindex_blocks_1"));
        var added = 0;
        await using (var store = _sqlite.OpenStore())
        {
            while (store.Statistics.DamagedIntervals == 0)
            {
                Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(20_000 + added++)).Soon()).Status);
                Assert.True(added < 10_000, "the damaged page was never met");
            }

            Assert.Equal(Blocks + 1 + added, store.Statistics.Blocks);
            await CheckSalvage(store, closed: false, atLeast: Blocks + added, atMost: Blocks + added);
        }

        await using var again = _sqlite.OpenStore();
        await CheckSalvage(again, closed: false, atLeast: Blocks + added, atMost: Blocks + added + 1, late: 98);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Whichever_byte_is_flipped_no_wrong_event_is_read_and_after_a_scrub_none_is_denied(int seed, bool closed)
    {
        var random = new Random(seed);
        await Fill(closed);
        for (var round = 0; round < 25; round++)
        {
            using var copy = new StorageFolder();
            CopyFiles(_sqlite.Path, copy.Path);
            var file = NoonFile.Replace(_sqlite.Path, copy.Path, StringComparison.Ordinal);
            var offset = random.NextInt64(new FileInfo(file).Length);
            Flip(file, offset, (byte)(1 << random.Next(8)));
            try
            {
                await using (var store = SqliteEngineHarness.OpenAt(copy.Path, vfs: null))
                {
                    await CountDenied(store);
                    await Scrub(store);
                    Assert.True(await CountDenied(store) == 0, $"seed {seed}, byte {offset}: an event is denied although a scrub has seen the file");
                }

                await using var again = SqliteEngineHarness.OpenAt(copy.Path, vfs: null);
                Assert.True(await CountDenied(again) == 0, $"seed {seed}, byte {offset}: an event is denied after a restart");
            }
            catch (ReplicaStoreException e) when (e.Message.Contains("belongs to", StringComparison.Ordinal)
                || e.Message.Contains("version", StringComparison.Ordinal)
                || e.Message.Contains("another application", StringComparison.Ordinal))
            {
                // The byte says whose file it is, or of which format: refused, for a person to look at.
            }
        }
    }

    [Theory]
    [InlineData(FaultyVfs.DiskFull)]
    [InlineData(FaultyVfs.WriteError)]
    [InlineData(FaultyVfs.ReadOnlyDirectory)]
    public async Task A_start_that_cannot_write_is_refused_naming_the_file_and_succeeds_when_the_cause_is_gone(int fault)
    {
        using var copy = new StorageFolder();
        await using (var store = _sqlite.OpenStore())
        {
            await Append(store, 20);
            CopyFiles(_sqlite.Path, copy.Path);
        }

        using var vfs = new FaultyVfs { WriteFault = fault };
        var refusal = Assert.Throws<ReplicaStoreException>(() => SqliteEngineHarness.OpenAt(copy.Path, vfs.Name));
        Assert.Contains($"{Noon}.db", refusal.Message, StringComparison.Ordinal);
        vfs.WriteFault = 0;
        await using var again = SqliteEngineHarness.OpenAt(copy.Path, vfs.Name);
        Assert.Equal((21, 0), (again.Statistics.Blocks, again.Statistics.DamagedIntervals));
    }

    // Keys that are answered as not held, although they are. An error is no denial: the peer counts as silent.
    private static async Task<int> CountDenied(IReplicaStore store)
    {
        var denied = 0;
        for (var i = 0; i < Blocks; i += 7)
        {
            try
            {
                var read = await Read(store, TestBlocks.Key(i * 10));
                Assert.All(read, payload => Assert.Equal(new string('x', 300), payload));
                denied += read.Count == 0 ? 1 : 0;
            }
            catch (ReplicaStoreException)
            {
                // Not denied.
            }
        }

        return denied;
    }

    private async Task Fill(bool closed)
    {
        await using var store = _sqlite.OpenStore();
        await Append(store, Blocks);
        if (closed)
        {
            await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        }
    }

    private static async Task Append(IReplicaStore store, int blocks)
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, blocks).Append(-1)
            .Select(i => store.AppendAsync(TestBlocks.One(i < 0 ? Hour : i * 10, i < 0 ? "one" : new string('x', 300))))).Soon();
        Assert.All(replies, reply => Assert.Equal(AppendStatus.Stored, reply.Status));
    }

    private async Task CheckSalvage(IReplicaStore store, bool closed, int atLeast, int atMost, int late = 99)
    {
        var described = (await Describe(store))[0];
        Assert.Equal((Noon, closed ? IntervalState.Closed : IntervalState.Open), (described.Interval, described.State));
        Assert.Contains("set aside as " + NoonFile.Replace(".db", ".damaged-1"), described.Damage, StringComparison.Ordinal);
        Assert.True(File.Exists(NoonFile.Replace(".db", ".damaged-1")), "the file was not kept");
        Assert.InRange(described.Blocks, atLeast, atMost);
        Assert.Equal(1, store.Statistics.DamagedIntervals);

        var walked = new HashSet<EventKey>();
        await foreach (var block in store.ReadBlocksAsync(Noon))
        {
            walked.Add(block.Header.FirstKey);
        }

        Assert.Equal(described.Blocks, walked.Count);
        foreach (var i in Enumerable.Range(0, Blocks).Where(i => i % 17 == 0))
        {
            var key = TestBlocks.Key(i * 10);
            if (walked.Contains(key))
            {
                Assert.Single(await Read(store, key));
            }
            else
            {
                await Assert.ThrowsAsync<ReplicaStoreException>(() => Read(store, key));
            }
        }

        Assert.Equal(["one"], await Read(store, TestBlocks.Key(Hour)));
        Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(Hour + late)).Soon()).Status);
        Assert.All(
            (await Scrub(store)).Where(p => p.Interval == Noon).SelectMany(p => p.Damage),
            damage => Assert.StartsWith(damage, described.Damage!, StringComparison.Ordinal));
    }

    private static async Task ReadAll(IReplicaStore store, Interval interval)
    {
        await foreach (var _ in store.ReadBlocksAsync(interval))
        {
        }
    }

    private static async Task<List<string>> Read(IReplicaStore store, EventKey key) =>
        [.. (await store.ReadAsync(key, CancellationToken.None).Soon()).Select(payload => payload.ToString())];

    private static async Task<IReadOnlyList<StoredInterval>> Describe(IReplicaStore store) =>
        await store.DescribeIntervalsAsync(CancellationToken.None).Soon();

    private static async Task<List<ScrubPage>> Scrub(IReplicaStore store)
    {
        var pages = new List<ScrubPage>();
        for (ScrubPosition? position = ScrubPosition.Start; position is not null; position = pages[^1].Next)
        {
            pages.Add(await store.ScrubAsync(position, 1 << 20, CancellationToken.None).Soon());
        }

        return pages;
    }
}
