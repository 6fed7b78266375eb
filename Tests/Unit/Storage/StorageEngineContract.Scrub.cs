using AllData.Intervals;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// What a scrub reads, and what it finds.
public abstract partial class StorageEngineContract
{
    [Fact]
    public async Task A_scrub_of_nothing_ends_at_once()
    {
        await using var store = _harness.OpenStore();
        Assert.Equal(new ScrubPage(null, 0, 0, 0, [], null), await store.ScrubAsync(ScrubPosition.Start, 1_000, CancellationToken.None).Soon());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(100_000_000, false)]
    [InlineData(100_000_000, true)]
    public async Task A_scrub_of_intact_intervals_reads_all_and_finds_nothing(int maxBytes, bool closed)
    {
        var random = new Random(3);
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 100).Select(_ => RandomBlock(random, [])).Append(TestBlocks.One(Hour)).ToList();
        await AppendAll(store, blocks);
        if (closed)
        {
            await Close(store, NoonInterval);
        }

        var pages = await Scrub(store, maxBytes);
        Assert.Empty(pages.SelectMany(page => page.Damage));
        Assert.Equal(
            (101, blocks.Sum(b => (long)b.Header.EventCount), blocks.Sum(b => (long)b.Bytes.Bytes.Length)),
            (pages.Sum(p => p.Blocks), pages.Sum(p => p.Events), pages.Sum(p => p.Bytes)));
        Assert.Equal([NoonInterval, NoonInterval.Next], pages.Select(p => p.Interval!.Value).Distinct());
        Assert.Equal(maxBytes == 1, pages.Count(p => p.Interval == NoonInterval && p.Blocks > 0) == 3);
        Assert.Equal((0, 0), (store.Statistics.DamagedBlocks, store.Statistics.DamagedIntervals));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_scrub_names_each_damaged_block_and_changes_nothing(bool closed)
    {
        var damaged = TestBlocks.One(60_000, "lost");
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), damaged, TestBlocks.One(120_000), TestBlocks.One(Hour)]);
            if (closed)
            {
                await Close(store, NoonInterval);
            }
        }

        _harness.Damage(damaged.Header.Id);
        await using var again = _harness.OpenStore();
        for (var times = 1; times <= 2; times++)
        {
            var damage = (await Scrub(again, 1)).SelectMany(page => page.Damage).ToList();
            Assert.Contains(damage, sentence => sentence.Contains(damaged.Header.Id.ToString(), StringComparison.Ordinal));
            Assert.Equal(times, again.Statistics.DamagedBlocks);
        }

        Assert.Equal(["one"], await Read(again, TestBlocks.Key(0)));
        Assert.Equal(2, (await Walk(again, NoonInterval)).Count);
    }

    [Fact]
    public async Task A_scrub_finds_buckets_that_are_not_the_sum_of_their_blocks()
    {
        var blocks = new[] { TestBlocks.One(0), TestBlocks.One(60_000), TestBlocks.One(120_000) };
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, blocks);
        }

        var rows = _harness.ReadBuckets(NoonInterval).OrderBy(row => row.Minute).ToList();
        _harness.DeleteBucket(NoonInterval, rows[0].Copyset, rows[0].Minute);
        _harness.WriteBucket(NoonInterval, rows[1] with { Events = 2 });
        _harness.WriteBucket(NoonInterval, rows[2] with { Minute = rows[2].Minute + 5 });
        await using var again = _harness.OpenStore();
        var damage = (await Scrub(again, 100_000_000)).SelectMany(page => page.Damage).ToList();
        Assert.Equal(3, damage.Count);
        Assert.All(damage, sentence => Assert.Contains("bucket", sentence, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue / 60_000)]
    public async Task A_scrub_ends_whatever_minute_a_damaged_bucket_says(long minute)
    {
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), TestBlocks.One(60_000)]);
        }

        _harness.WriteBucket(NoonInterval, _harness.ReadBuckets(NoonInterval)[0] with { Minute = new(minute) });
        await using var again = _harness.OpenStore();
        Assert.Equal(2, (await Scrub(again, 1)).Sum(page => page.Blocks));
    }

    [Fact]
    public async Task A_scrub_beside_a_writer_finds_nothing()
    {
        await using var store = _harness.OpenStore(new StorageOptions { CheckpointBytes = 50_000 });
        await Append(store, TestBlocks.One(0));
        var writing = Task.WhenAll(Enumerable.Range(1, 600).Select(i => Append(store, TestBlocks.One(i))));
        do
        {
            Assert.Empty((await Scrub(store, 1_000)).SelectMany(page => page.Damage));
        }
        while (!writing.IsCompleted);

        await writing;
        Assert.Equal(601, (await Scrub(store, 1_000)).Sum(page => page.Blocks));
    }

    private static async Task<List<ScrubPage>> Scrub(IReplicaStore store, long maxBytes)
    {
        var pages = new List<ScrubPage>();
        for (ScrubPosition? position = ScrubPosition.Start; position is not null; position = pages[^1].Next)
        {
            pages.Add(await store.ScrubAsync(position, maxBytes, CancellationToken.None).Soon());
            Assert.True(pages.Count < 1_000, "the scrub does not end");
        }

        return pages;
    }
}
