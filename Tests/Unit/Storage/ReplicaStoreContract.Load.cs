using AllData.Events;
using AllData.Protocol;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// Many blocks: group commit, bounds, keys found among many spans, reading while writing.
public abstract partial class ReplicaStoreContract
{
    [Fact]
    public async Task Blocks_that_wait_share_transactions()
    {
        await using var store = _harness.Open();
        var blocks = Enumerable.Range(0, 1_000).Select(i => TestBlocks.One(i)).ToList();
        Assert.All(await AppendAll(store, blocks), reply => Assert.Equal(AppendStatus.Stored, reply.Status));
        Assert.Equal(1_000, store.Statistics.Blocks);
        Assert.InRange(store.Statistics.Transactions, 1, 250);
        Assert.Equal(0, store.Statistics.WaitingBytes);
    }

    [Fact]
    public async Task Beyond_its_bound_the_queue_answers_overloaded_at_once()
    {
        await using var store = _harness.Open(new StorageOptions { MaxWaitingBytes = 100_000, MaxBytesPerTransaction = 100_000 });
        var appends = Enumerable.Range(0, 20).Select(i =>
        {
            var reply = store.AppendAsync(TestBlocks.One(i, new string('x', 60_000)));
            return (Milliseconds: i, Reply: reply, AtOnce: reply.IsCompleted);
        }).ToList();
        foreach (var (milliseconds, reply, atOnce) in appends)
        {
            var status = (await reply.Soon()).Status;
            Assert.Contains(status, new[] { AppendStatus.Stored, AppendStatus.Overloaded });
            Assert.Equal(status == AppendStatus.Stored ? 1 : 0, (await Read(store, TestBlocks.Key(milliseconds))).Count);
            Assert.True(atOnce || status == AppendStatus.Stored, $"block {milliseconds} waited for its {status}");
        }

        var refused = appends.Select(a => a.Reply.Result).Where(r => r.Status == AppendStatus.Overloaded).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, r => Assert.True(r.RetryAfter > TimeSpan.Zero && r.Reason!.Contains("100000", StringComparison.Ordinal)));
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(99))).Status);
    }

    [Fact]
    public async Task A_block_larger_than_the_bound_is_stored_when_nothing_waits()
    {
        await using var store = _harness.Open(new StorageOptions { MaxWaitingBytes = 1_000, MaxBytesPerTransaction = 1_000 });
        Assert.Equal(AppendStatus.Stored, (await Append(store, TestBlocks.One(0, new string('x', 5_000)))).Status);
    }

    [Fact]
    public async Task Reads_beyond_their_bound_are_refused()
    {
        await using var store = _harness.Open(new StorageOptions { Readers = 1, MaxWaitingReads = 1 });
        await Append(store, TestBlocks.One(0));
        var keys = Enumerable.Range(0, 2_000).Select(i => TestBlocks.Key(i));
        var reads = Enumerable.Range(0, 50).Select(_ => store.LookUpAsync([.. keys], CancellationToken.None)).ToList();
        var failures = await Task.WhenAll(reads.Select(read => Record.ExceptionAsync(() => read.Soon())));
        Assert.Contains(failures, failure => failure is ReplicaStoreException);
        Assert.Contains(failures, failure => failure is null);
        Assert.Equal(["one"], await Read(store, TestBlocks.Key(0)));
    }

    [Fact]
    public async Task A_read_that_is_cancelled_ends()
    {
        await using var store = _harness.Open();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadAsync(TestBlocks.Key(0), cancelled.Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Keys_are_found_among_blocks_of_all_spans(int seed)
    {
        var random = new Random(seed);
        var expected = new Dictionary<EventKey, HashSet<string>>();
        await using var store = _harness.Open();
        var blocks = Enumerable.Range(0, 400).Select(_ => RandomBlock(random, expected)).ToList();
        Assert.All(await AppendAll(store, blocks), reply => Assert.Equal(AppendStatus.Stored, reply.Status));

        var asked = expected.Keys.Concat(Enumerable.Range(0, 500).Select(_ => RandomKey(random))).ToList();
        var held = await store.LookUpAsync([.. asked], CancellationToken.None).Soon();
        foreach (var (key, digests) in held.Select(h => (h.Key, h.Digests)))
        {
            var wanted = expected.GetValueOrDefault(key, []).Select(payload => DigestOf(key, payload)).ToHashSet();
            Assert.True(wanted.SetEquals(digests), $"seed {seed}, key {key}: expected {wanted.Count} digests, found {digests.Length}");
        }

        foreach (var key in expected.Keys.Take(200))
        {
            Assert.Equal(expected[key].Order(), (await Read(store, key)).Order());
        }
    }

    [Fact]
    public async Task A_walk_gives_every_block_once_by_first_key()
    {
        var random = new Random(7);
        await using var store = _harness.Open();
        var blocks = Enumerable.Range(0, 700).Select(_ => RandomBlock(random, [])).ToList();
        await AppendAll(store, blocks);
        var walked = await Walk(store, NoonInterval);
        Assert.Equal(blocks.Select(b => b.Header.Id.Sequence).Order(), walked.Select(b => b.Header.Id.Sequence).Order());
        Assert.Equal(blocks.Select(b => b.Header.FirstKey).Order(), walked.Select(b => b.Header.FirstKey));
    }

    [Fact]
    public async Task Buckets_are_what_counting_afresh_gives()
    {
        var random = new Random(11);
        List<Block> walked;
        await using (var store = _harness.Open())
        {
            var blocks = Enumerable.Range(0, 300).Select(_ => RandomBlock(random, [])).ToList();
            await AppendAll(store, blocks);
            await AppendAll(store, blocks.Take(50));
            walked = await Walk(store, NoonInterval);
        }

        var counted = walked.GroupBy(b => (b.Header.Copyset.Id, b.Header.UnixMinute)).Select(CountAfresh)
            .OrderBy(b => b.Copyset).ThenBy(b => b.Minute);
        Assert.Equal(counted, _harness.ReadBuckets(NoonInterval));
    }

    [Fact]
    public async Task What_has_been_answered_is_read_while_writing_goes_on()
    {
        await using var store = _harness.Open(new StorageOptions { CheckpointBytes = 50_000 });
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async lane =>
        {
            for (var i = 0; i < 150; i++)
            {
                var key = TestBlocks.Key((i * 10) + lane);
                await Append(store, TestBlocks.Of((key, $"{lane}/{i}")));
                Assert.Equal([$"{lane}/{i}"], await Read(store, key));
            }
        }));
        while (!writing.IsCompleted)
        {
            var before = store.Statistics.Blocks;
            Assert.InRange((await Walk(store, NoonInterval)).Count, before, 600);
        }

        await writing;
        Assert.Equal(600, (await Walk(store, NoonInterval)).Count);
    }

    private static BucketRow CountAfresh(IGrouping<(long Copyset, long Minute), Block> bucket)
    {
        var sum = default(EventDigest);
        var events = 0;
        foreach (var block in bucket)
        {
            var reader = block.GetReader();
            while (reader.MoveNext())
            {
                events++;
                sum += reader.Current.Digest;
            }
        }

        return new BucketRow(bucket.Key.Copyset, bucket.Key.Minute, bucket.Count(), events, sum.Value);
    }

    private static EventKey RandomKey(Random random) =>
        TestBlocks.Key((random.Next(3) * 60_000) + random.Next(60_000), random.Next(3), random.Next(1, 3));

    // Spans from nothing to a whole minute, each power of two as likely as the others.
    private static Block RandomBlock(Random random, Dictionary<EventKey, HashSet<string>> expected)
    {
        var minute = random.Next(3) * 60_000;
        var span = random.Next(1 << random.Next(17)) % 60_000;
        var start = random.Next(60_000 - span);
        var keys = Enumerable.Range(0, random.Next(1, 12))
            .Select(i => TestBlocks.Key(minute + start + random.Next(span + 1), random.Next(3), random.Next(1, 3)))
            .Distinct();
        var events = keys.Select(key => (key, $"payload {random.Next(2)}")).ToArray();
        foreach (var (key, payload) in events)
        {
            expected.TryAdd(key, []);
            expected[key].Add(payload);
        }

        return TestBlocks.Form(TestBlocks.NewId(), given: false, events, cluster: null, copyset: [1, random.Next(2, 5), random.Next(5, 8)]);
    }
}
