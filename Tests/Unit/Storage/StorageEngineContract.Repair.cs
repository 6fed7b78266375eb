using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// What peers ask each other for, and what repair stores.
public abstract partial class StorageEngineContract
{
    [Fact]
    public async Task The_minutes_that_have_changed_since_a_cursor_are_told_and_only_those()
    {
        await using var store = _harness.OpenStore();
        var start = await Changes(store, default);
        Assert.Equal((false, 0), (start.IsComplete, start.Minutes.Length));
        await AppendAll(store, [TestBlocks.One(120_000), TestBlocks.One(0), TestBlocks.One(30), TestBlocks.One(Hour)]);
        var first = await Changes(store, start.Next);
        Assert.Equal([NoonMinute, NoonMinute + 2, NoonMinute + 60], first.Minutes.ToList());
        Assert.True(first.IsComplete);
        Assert.Empty((await Changes(store, first.Next)).Minutes);

        await Restore(store, TestBlocks.One(60_000));
        await Append(store, TestBlocks.One(120_001));
        Assert.Equal([NoonMinute + 1, NoonMinute + 2], (await Changes(store, first.Next)).Minutes.ToList());
        Assert.Equal([NoonMinute, NoonMinute + 1, NoonMinute + 2, NoonMinute + 60], (await Changes(store, start.Next)).Minutes.ToList());
    }

    [Fact]
    public async Task A_cursor_of_an_earlier_opening_is_told_that_anything_may_have_changed()
    {
        ChangeCursor cursor;
        await using (var store = _harness.OpenStore())
        {
            await Append(store, TestBlocks.One(0));
            cursor = (await Changes(store, default)).Next;
        }

        await using var again = _harness.OpenStore();
        var changes = await Changes(again, cursor);
        Assert.Equal((false, 0), (changes.IsComplete, changes.Minutes.Length));
        Assert.True((await Changes(again, changes.Next)).IsComplete);
    }

    [Fact]
    public async Task What_is_told_as_changed_can_be_read_at_once()
    {
        await using var store = _harness.OpenStore();
        var (cursor, seen) = ((await Changes(store, default)).Next, 0L);
        var writing = Task.WhenAll(Enumerable.Range(0, 300).Select(i => Append(store, TestBlocks.One(i))));
        for (var isLast = false; !isLast;)
        {
            isLast = writing.IsCompleted;
            var changes = await Changes(store, cursor);
            if (!changes.Minutes.IsEmpty)
            {
                var blocks = (await ReadBuckets(store, NoonMinute, NoonMinute + 1)).Buckets.Sum(bucket => bucket.Blocks);
                Assert.True(blocks >= seen, $"there were {seen} blocks, and there are {blocks}");
                seen = blocks;
            }

            cursor = changes.Next;
        }

        // A reader that looks only when notified has seen all.
        Assert.Equal(300, seen);
    }

    [Fact]
    public async Task Copysets_come_with_their_members_and_the_largest_number_of_copies_that_their_blocks_ask_for()
    {
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [OfCopyset(0, 3, 1, 2, 3), OfCopyset(1, 2, 7, 4), OfCopyset(2, 5, 7, 4), OfCopyset(3, 3, 7, 4), OfCopyset(Hour, 3, 9)]);
            Assert.Equal(["1,2,3/3", "4,7/5"], await Copysets(store, NoonMinute, NoonMinute + 60));
        }

        await using var again = _harness.OpenStore();
        await AppendAll(again, [OfCopyset(4, 4, 7, 4), OfCopyset(5, 6, 1, 2, 3)]);
        Assert.Equal(["1,2,3/6", "4,7/5"], await Copysets(again, NoonMinute, NoonMinute + 60));
        Assert.Contains("9/3", await Copysets(again, NoonMinute, NoonMinute + 61));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public async Task The_blocks_of_a_minute_are_named_in_pages_and_by_copyset(int maxBlocks)
    {
        var random = new Random(5);
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 60).Select(i => OfCopyset(random.Next(180_000), 3, 1, 2, 3 + (i % 3))).ToList();
        await AppendAll(store, blocks.Append(TestBlocks.One(Hour)));
        for (var minute = NoonMinute; minute < NoonMinute + 4; minute = minute.Next())
        {
            var inMinute = blocks.Where(b => b.Header.UnixMinute == minute).ToList();
            Assert.Equal(inMinute.Select(Listed).OrderBy(b => b.Id.ToString()), (await List(store, minute, maxBlocks)).OrderBy(b => b.Id.ToString()));
            var one = new Copyset([1, 2, 4]).Id;
            var some = inMinute.Where(b => b.Header.Copyset.Id == one);
            Assert.Equal(some.Select(Listed).OrderBy(b => b.Id.ToString()), (await List(store, minute, maxBlocks, one)).OrderBy(b => b.Id.ToString()));
        }

        Assert.Empty(await List(store, NoonMinute - 600, maxBlocks));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public async Task The_blocks_of_a_run_of_minutes_are_named_together_up_to_the_end_of_an_interval(int maxBlocks)
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 60).Select(static i => TestBlocks.One(i * 60_000L)).Append(TestBlocks.One(Hour)).ToList();
        await AppendAll(store, blocks);

        var (some, covered) = await ListRun(store, NoonMinute + 10, 5, maxBlocks);
        Assert.Equal(5, covered);
        Assert.Equal(blocks[10..15].Select(Listed), some);

        // The harness's intervals are of an hour.
        (some, covered) = await ListRun(store, NoonMinute + 50, 20, maxBlocks);
        Assert.Equal(10, covered);
        Assert.Equal(blocks[50..60].Select(Listed), some);
        Assert.Equal(20, (await ListRun(store, NoonMinute - 600, 20, maxBlocks)).Minutes);
        Assert.Equal(Joined(blocks[3], blocks[57]), (await Fetch(store, NoonMinute, 1 << 20, blocks[3].Header.Id, blocks[57].Header.Id)).Blocks);
    }

    [Fact]
    public async Task Blocks_are_fetched_by_their_ids_as_they_are_and_within_the_bytes_asked_for()
    {
        await using var store = _harness.OpenStore();
        var blocks = Enumerable.Range(0, 10).Select(i => TestBlocks.One(i, new string('x', 500))).ToList();
        await AppendAll(store, blocks);
        var stranger = TestBlocks.NewId();
        BlockId[] wanted = [blocks[3].Header.Id, stranger, blocks[1].Header.Id, blocks[7].Header.Id];

        var all = await Fetch(store, NoonMinute, 1 << 20, wanted);
        Assert.Equal(4, all.Covered);
        Assert.Equal(Joined(blocks[3], blocks[1], blocks[7]), all.Blocks);

        var some = await Fetch(store, NoonMinute, 1_000, wanted);
        Assert.Equal(2, some.Covered);
        Assert.Equal(Joined(blocks[3]), some.Blocks);
        var rest = await Fetch(store, NoonMinute, 1_000, wanted[some.Covered..]);
        Assert.Equal((1, Convert.ToHexString(Joined(blocks[1]))), (rest.Covered, Convert.ToHexString(rest.Blocks)));
        Assert.Equal(4, (await Fetch(store, NoonMinute + 600, 1_000, wanted)).Covered);
    }

    [Fact]
    public async Task A_damaged_block_is_named_but_not_given_and_is_known_until_repair_has_mended_it()
    {
        var (damaged, intact) = (TestBlocks.One(60_000, "mended"), TestBlocks.One(60_001));
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [damaged, intact]);
        }

        _harness.Damage(damaged.Header.Id);
        await using var again = _harness.OpenStore();
        Assert.Empty(again.DamagedEntries);
        Assert.Equal(2, (await List(again, NoonMinute + 1, 10)).Count);
        Assert.Empty(again.DamagedEntries);
        var fetched = await Fetch(again, NoonMinute + 1, 1 << 20, damaged.Header.Id, intact.Header.Id);
        Assert.Equal((2, Convert.ToHexString(Joined(intact))), (fetched.Covered, Convert.ToHexString(fetched.Blocks)));
        Assert.Equal(EntryOf(damaged), Assert.Single(again.DamagedEntries));

        Assert.Equal(AppendStatus.Stored, (await Restore(again, damaged)).Status);
        Assert.Empty(again.DamagedEntries);
        Assert.Equal(["mended"], await Read(again, TestBlocks.Key(60_000)));
        Assert.Equal(2, again.Statistics.Blocks);
        Assert.Equal(AppendStatus.AlreadyStored, (await Restore(again, damaged)).Status);
    }

    [Theory]
    [InlineData("find")]
    [InlineData("page")]
    [InlineData("scrub")]
    public async Task Whoever_finds_a_damaged_block_it_is_remembered_once(string finder)
    {
        var damaged = TestBlocks.One(60_000);
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), damaged]);
        }

        _harness.Damage(damaged.Header.Id);
        await using var again = _harness.OpenStore();
        for (var times = 0; times < 2; times++)
        {
            _ = finder switch
            {
                "find" => (object)await Assert.ThrowsAsync<ReplicaStoreException>(() => Read(again, TestBlocks.Key(60_000))),
                "page" => await Walk(again, NoonInterval),
                _ => await Scrub(again, 1_000),
            };
            Assert.Equal(EntryOf(damaged), Assert.Single(again.DamagedEntries));
        }
    }

    [Fact]
    public async Task Repair_stores_a_block_whatever_is_held_under_its_keys_and_both_payloads_are_kept()
    {
        await using var store = _harness.OpenStore();
        await Append(store, TestBlocks.Of((TestBlocks.Key(5), "here")));
        var other = TestBlocks.Given((TestBlocks.Key(5), "there"));
        Assert.Equal(AppendStatus.Conflict, (await Append(store, other)).Status);
        Assert.Equal(AppendStatus.Stored, (await Restore(store, other)).Status);
        Assert.Equal(["here", "there"], (await Read(store, TestBlocks.Key(5))).Order());
        Assert.Equal(AppendStatus.AlreadyStored, (await Restore(store, other)).Status);
        var strange = TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(0), "x")], Guid.NewGuid());
        Assert.Equal(AppendStatus.Invalid, (await Restore(store, strange)).Status);
    }

    private static Task<string?> Verify(IReplicaStore store, Interval interval, bool isComplete) =>
        store.VerifyIntervalAsync(interval, isComplete, CancellationToken.None).Soon();

    private static Block OfCopyset(long milliseconds, int replicationFactor, params int[] ordinals)
    {
        var key = TestBlocks.Key(milliseconds);
        var header = new BlockHeader
        {
            ClusterId = TestBlocks.Cluster,
            Id = TestBlocks.NewId(),
            UnixMinute = key.UnixMinute,
            HasSuppliedKeys = false,
            ReplicationFactor = replicationFactor,
            TopologyVersion = 1,
            Copyset = new Copyset(ordinals),
        };
        return BlockCodec.Encode(header, [new KeyedEvent(key, EventPayload.FromText("one").Bytes)]);
    }

    private protected static Task<AppendReply> Restore(IReplicaStore store, Block block) => store.RestoreAsync(block).Soon();

    private static Task<BucketChanges> Changes(IReplicaStore store, ChangeCursor since) => store.GetChangesAsync(since, CancellationToken.None).Soon();

    private static async Task<IEnumerable<string>> Copysets(IReplicaStore store, UnixMinute fromMinute, UnixMinute toMinute) =>
        (await store.ReadCopysetsAsync(fromMinute, toMinute, CancellationToken.None).Soon()).Select(copyset =>
        {
            Assert.Equal(new Copyset(copyset.Ordinals.AsSpan()).Id, copyset.Id);
            return $"{string.Join(',', copyset.Ordinals)}/{copyset.ReplicationFactor}";
        }).Order();

    private static async Task<List<ListedBlock>> List(IReplicaStore store, UnixMinute minute, int maxBlocks, params CopysetId[] copysets)
    {
        var listed = new List<ListedBlock>();
        BlockPosition? after = null;
        do
        {
            var list = await store.ListBlocksAsync(new BlockListRange(minute, [.. copysets], after, maxBlocks), CancellationToken.None).Soon();
            Assert.InRange(list.Entries.Length, 0, maxBlocks * ListedBlock.BinaryLength);
            listed.AddRange(ListedBlock.ReadAll(list.Entries));
            after = list.Next;
        }
        while (after is not null);

        return listed;
    }

    private static async Task<(List<ListedBlock> Listed, int Minutes)> ListRun(IReplicaStore store, UnixMinute minute, int minutes, int maxBlocks)
    {
        var listed = new List<ListedBlock>();
        BlockPosition? after = null;
        while (true)
        {
            var list = await store.ListBlocksAsync(new BlockListRange(minute, [], after, maxBlocks, minutes), CancellationToken.None).Soon();
            listed.AddRange(ListedBlock.ReadAll(list.Entries));
            if ((after = list.Next) is null)
            {
                return (listed, list.Minutes);
            }
        }
    }

    private static Task<FetchedBlocks> Fetch(IReplicaStore store, UnixMinute minute, int maxBytes, params BlockId[] ids)
    {
        var bytes = new byte[ids.Length * BlockId.BinaryLength];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i].WriteTo(bytes.AsSpan(i * BlockId.BinaryLength));
        }

        return store.FetchBlocksAsync(new BlockFetch(minute, bytes, maxBytes), CancellationToken.None).Soon();
    }

    private static byte[] Joined(params Block[] blocks) => [.. blocks.SelectMany(block => block.Bytes.Bytes)];

    private static ListedBlock Listed(Block block) => new(
        block.Header.Id, block.Header.Copyset.Id, block.Header.BlockDigest, block.Header.EventCount, block.Bytes.Bytes.Length);

    private static DamagedEntry EntryOf(Block block) => new(block.Header.Id, block.Header.Copyset.Id, block.Header.UnixMinute);
}
