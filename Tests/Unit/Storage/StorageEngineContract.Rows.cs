using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

// A row that cannot be read is a finding about that row, not about its neighbours.
public abstract partial class StorageEngineContract
{
    // Of one member, -5.
    private const string ForgedMembers = "-5";

    private static readonly CopysetId ForgedCopyset = new(12_345);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_block_that_no_coordinator_can_have_formed_costs_no_other_one_and_is_taken_out(bool closed)
    {
        var forged = TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(60_000), "forged")], copyset: 7);
        await StoreForged(forged, closed);
        await using (var found = _harness.OpenStore())
        {
            Assert.Contains("1,2,3", await MembersOf(found));
            Assert.Empty((await ReadBuckets(found, NoonMinute, NoonMinute + 60)).Damaged);
            Assert.Equal(2, (await Walk(found, NoonInterval)).Count);
            Assert.Equal(forged.Header.Id, Assert.Single(found.DamagedEntries).Id);
            Assert.Equal(["one"], await Read(found, TestBlocks.Key(0)));
            Assert.Equal(closed ? AppendStatus.IntervalNotOpen : AppendStatus.Stored, (await Append(found, TestBlocks.One(180_000))).Status);
            Assert.Empty((await Fetch(found, NoonMinute + 1, 1 << 20, forged.Header.Id)).Blocks);
            Assert.Null(await Verify(found, NoonInterval, isComplete: true));
            await CheckThatItIsOut(found, closed);
        }

        Assert.DoesNotContain(ForgedCopyset, _harness.ReadBuckets(NoonInterval).Select(row => row.Copyset));
        Assert.DoesNotContain(ForgedMembers, _harness.ReadCopysets(NoonInterval).Values);
        await using var again = _harness.OpenStore();
        await CheckThatItIsOut(again, closed);
    }

    [Fact]
    public async Task A_copyset_whose_members_cannot_be_read_is_written_afresh_from_its_blocks()
    {
        var held = TestBlocks.One(0);
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [held, TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(1), "other")], copies: 2, copyset: [4, 5])]);
        }

        var before = _harness.ReadCopysets(NoonInterval);
        _harness.WriteCopyset(NoonInterval, held.Header.Copyset.Id, "1,2x,3");
        await using (var found = _harness.OpenStore())
        {
            Assert.Contains("4,5", await MembersOf(found));
            Assert.Equal(2, (await Walk(found, NoonInterval)).Count);
            await Scrub(found, 1_000);
            var other = TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(2), "new")], copyset: [8]);
            Assert.Equal(AppendStatus.Stored, (await Append(found, other)).Status);
            Assert.Null(await Verify(found, NoonInterval, isComplete: true));
            Assert.Equal(["1,2,3", "4,5", "8"], (await MembersOf(found)).Order());
        }

        var after = _harness.ReadCopysets(NoonInterval);
        Assert.Equal(before[held.Header.Copyset.Id], after[held.Header.Copyset.Id]);
        Assert.Equal(3, after.Count);
    }

    private static async Task<List<string>> MembersOf(IReplicaStore store) =>
        [.. (await store.ReadCopysetsAsync(NoonMinute, NoonMinute + 60, CancellationToken.None)).Select(c => string.Join(',', c.Ordinals))];

    private async Task StoreForged(Block forged, bool closed)
    {
        await using (var store = _harness.OpenStore())
        {
            await AppendAll(store, [TestBlocks.One(0), forged, TestBlocks.One(120_000)]);
            if (closed)
            {
                await Close(store, NoonInterval);
            }
        }

        _harness.Forge(forged.Header.Id, TestBlocks.Forge(forged, 128, "FBFFFFFF"), ForgedCopyset, ForgedMembers);
    }

    private static async Task CheckThatItIsOut(IReplicaStore store, bool closed)
    {
        var left = closed ? 2 : 3;
        Assert.Empty(store.DamagedEntries);
        Assert.Null(Assert.Single(await Describe(store)).Damage);
        Assert.Equal(left, Assert.Single(await Describe(store)).Blocks);
        Assert.Equal(left, store.Statistics.Blocks);
        Assert.Equal(left, (await Walk(store, NoonInterval)).Count);
        Assert.Empty((await Scrub(store, 1_000)).SelectMany(page => page.Damage));
        Assert.Empty(await Read(store, TestBlocks.Key(60_000)));
    }
}
