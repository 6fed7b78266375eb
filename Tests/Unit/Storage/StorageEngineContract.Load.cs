using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// Many blocks: group commit, bounds, keys found among many spans, reading while writing.
public abstract partial class StorageEngineContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Keys_are_found_among_blocks_of_all_spans(int seed)
    {
        var random = new Random(seed);
        var expected = new Dictionary<EventKey, HashSet<string>>();
        await using var store = _harness.OpenStore();
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
        await using var store = _harness.OpenStore();
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
        await using (var store = _harness.OpenStore())
        {
            var blocks = Enumerable.Range(0, 300).Select(_ => RandomBlock(random, [])).ToList();
            await AppendAll(store, blocks);
            await AppendAll(store, blocks.Take(50));
            walked = await Walk(store, NoonInterval);
        }

        var counted = walked.GroupBy(b => (b.Header.Copyset.Id, b.Header.UnixMinute)).Select(FreshSum.RowOf)
            .OrderBy(b => b.Copyset).ThenBy(b => b.Minute);
        Assert.Equal(counted, _harness.ReadBuckets(NoonInterval));
    }

    [Fact]
    public async Task What_has_been_answered_is_read_while_writing_goes_on()
    {
        await using var store = _harness.OpenStore(new StorageOptions { CheckpointBytes = 50_000 });
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
