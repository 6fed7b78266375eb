using AllData.Configuration;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Repair;
using AllData.Reports;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Repair;

/// <summary>What crosses from one region to another, in bytes and in questions.</summary>
public sealed class RegionRepairTests
{
    [Fact]
    public async Task Of_two_responsible_peers_of_a_region_one_fetches_from_afar_and_the_other_from_it()
    {
        var bench = new RepairBench("north/a", "north/b", "west/c");
        var blocks = Enumerable.Range(0, 40).SelectMany(i => bench.Blocks(10, RepairBench.Past - i, 1, 2, 3)).ToArray();
        bench[3].Hold(blocks);
        await RunBothAsync(bench);

        Assert.Equal((400, 400), (bench.Own.Ids.Count(), bench[2].Ids.Count()));
        var missing = blocks.Sum(static b => (long)b.Bytes.Bytes.Length);
        Assert.InRange(bench[3].GivenBytes, missing, missing * 12 / 10);
    }

    [Fact]
    public async Task A_wiped_peer_is_refilled_from_its_own_region()
    {
        var bench = new RepairBench("north/a", "north/b", "west/c");
        var blocks = bench.Blocks(200, RepairBench.Past, 1, 2, 3);
        bench[2].Hold(blocks);
        bench[3].Hold(blocks);
        await bench.RunAsync();
        Assert.Equal((200, 0), (bench.Own.Ids.Count(), bench[3].GivenBytes));
        Assert.True(bench.Reconciler.Progress.IsCaughtUp);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_does_not_wait_for_one_that_is_dead_and_not_forever_for_one_that_brings_nothing(bool isDead)
    {
        // Of these copysets p2 is to fetch some; it never does.
        var bench = new RepairBench("north/a", "north/b", "west/c");
        var blocks = Enumerable.Range(0, 30).Select(i => bench.Block(RepairBench.Past, 1, 2, 100 + i)).ToArray();
        bench[3].Hold(blocks);
        if (isDead)
        {
            bench.Dead.Add(RepairBench.Peer(2));
        }

        await bench.RunAsync();
        Assert.Equal(isDead, bench.Own.Ids.Count() == 30);
        Assert.NotEmpty(bench.Own.Ids);
        Assert.False(bench.Reconciler.Progress.IsCaughtUp);

        for (var i = 0; i < 6; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(16));
            await bench.RunAsync();
        }

        Assert.Equal(30, bench.Own.Ids.Count());
        Assert.Equal(!isDead, bench.Reconciler.Progress.IsCaughtUp);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(1_000, 10)]
    public async Task The_number_of_questions_to_a_peer_far_away_grows_neither_with_the_copysets_nor_with_the_minutes(int copysets, int minutes)
    {
        var bench = new RepairBench("north/a", "west/c");
        bench[2].PageBlocks = bench.Own.PageBlocks = 8_192;
        var blocks = Enumerable.Range(0, minutes).SelectMany(minute => Enumerable.Range(0, copysets)
            .SelectMany(copyset => bench.Blocks(2, RepairBench.Past - minute, 1, 2, 100 + copyset))).ToArray();

        // Half of the buckets are held in part.
        bench.Own.Hold(blocks.Where((_, i) => i % 4 == 0));
        bench[2].Hold(blocks);
        var questions = new Dictionary<string, int>();
        bench[2].Before = name => questions[name] = questions.GetValueOrDefault(name) + 1;
        await bench.RunAsync();

        Assert.Equal(blocks.Length, bench.Own.Ids.Count());
        Assert.True(questions.Values.Sum() <= 20, string.Join(", ", questions));
    }

    [Fact]
    public async Task While_near_peers_give_far_ones_wait_but_not_until_all_is_there()
    {
        var bench = new RepairBench("north/a", "north/b", "west/c", "west/d");
        var far = bench.Blocks(2, RepairBench.Past, 1, 3, 4);
        bench[3].Hold(far);

        // A step is of so many runs of minutes at most.
        bench[2].Hold(Enumerable.Range(0, 64 * 40).Select(i => bench.Block(RepairBench.Past - (i * 60), 1, 2, 3)));
        for (var round = 1; round < 16; round++)
        {
            Assert.True(await bench.Reconciler.RunRoundAsync(CancellationToken.None));
            Assert.Equal(0, bench[3].GivenBytes);
        }

        Assert.True(await bench.Reconciler.RunRoundAsync(CancellationToken.None));
        Assert.Equal(far.Sum(static b => (long)b.Bytes.Bytes.Length), bench[3].GivenBytes);
    }

    [Fact]
    public async Task Up_to_when_another_cluster_holds_its_copies_is_known_when_everything_has_been_compared()
    {
        var bench = WithOtherCluster();
        var blocks = bench.Blocks(5, RepairBench.Past, 1, 2, 3);
        bench.Own.Hold(blocks);
        bench[3].Hold(blocks);
        Assert.Empty(bench.Reconciler.Progress.Watermarks);
        bench.Dead.Add(RepairBench.Peer(3));
        await bench.RunAsync();
        Assert.Equal(new ClusterWatermark("west", null), Assert.Single(bench.Reconciler.Progress.Watermarks));

        bench.Dead.Clear();
        await bench.RunAsync();
        Assert.Equal(Settled(bench), HeldUpTo(bench));
    }

    [Fact]
    public async Task What_is_missing_in_another_cluster_holds_the_time_back_until_it_is_there()
    {
        var bench = WithOtherCluster();
        var (early, late) = (bench.Block(RepairBench.Past - 5, 1, 2, 3), bench.Block(RepairBench.Past, 1, 2, 3));

        // The second one is all that the other cluster holds, and what it is not responsible for does not count.
        bench.Own.Hold(early, late, TestBlocks.Form(
            TestBlocks.NewId(), given: false, [(EventKey.Create((RepairBench.Past - 50).StartUnixMilliseconds, 1, 1), "one")], copies: 2, copyset: [1, 2]));
        bench[2].Hold(early, late);
        bench[3].Hold(late);
        await bench.RunAsync();
        Assert.Equal(early.Header.UnixMinute.Timestamp, HeldUpTo(bench));

        bench[3].Hold(early);
        await SettleAsync(bench);
        Assert.Equal(Settled(bench), HeldUpTo(bench));
    }

    [Fact]
    public async Task What_comes_while_another_cluster_is_cut_off_is_not_claimed_to_be_there()
    {
        var bench = WithOtherCluster();
        await bench.RunAsync();
        bench.Dead.Add(RepairBench.Peer(3));
        var block = bench.Block(RepairBench.Past + 100, 1, 2, 3);
        bench.Own.Hold(block);
        for (var i = 0; i < 20; i++)
        {
            await SettleAsync(bench);
        }

        Assert.Equal(block.Header.UnixMinute.Timestamp, HeldUpTo(bench));
        bench.Dead.Clear();
        bench[3].Hold(block);
        await SettleAsync(bench);
        Assert.Equal(Settled(bench), HeldUpTo(bench));
    }

    [Fact]
    public async Task A_part_that_is_kept_here_for_another_peer_is_found_in_what_the_other_cluster_holds()
    {
        var bench = WithOtherCluster();
        var start = RepairBench.Past.StartUnixMilliseconds;
        var blocks = Enumerable.Range(0, 4).Select(i => TestBlocks.Form(
            TestBlocks.NewId(), given: false, [(EventKey.Create(start, 1, 100 + i), "one")], copies: 2, copyset: [2, 3])).ToList();
        bench.Own.Hold(blocks[..2]);
        bench[3].Hold(blocks[1..]);
        await bench.RunAsync();
        Assert.Equal(RepairBench.Past.Timestamp, HeldUpTo(bench));
        bench[3].Hold(blocks[0]);
        await SettleAsync(bench);
        Assert.Equal(Settled(bench), HeldUpTo(bench));
    }

    [Fact]
    public async Task Only_the_minute_in_which_something_is_missing_holds_the_time_back()
    {
        var bench = WithOtherCluster();
        var (early, late) = (Parts(RepairBench.Past), Parts(RepairBench.Past + 1));
        bench.Own.Hold([early[0], late[0], late[1]]);
        bench[3].Hold([early[0], early[1], late[1], late[2]]);
        await bench.RunAsync();
        Assert.Equal((RepairBench.Past + 1).Timestamp, HeldUpTo(bench));

        // Nothing changes in the earlier minute any more.
        bench[3].Hold(late[0]);
        await SettleAsync(bench);
        Assert.Equal(Settled(bench), HeldUpTo(bench));
    }

    private static Block[] Parts(UnixMinute minute) => [.. Enumerable.Range(0, 3).Select(i => TestBlocks.Form(
        TestBlocks.NewId(), given: false, [(EventKey.Create(minute.StartUnixMilliseconds, 1, 100 + i), "one")], copies: 2, copyset: [2, 3]))];

    private static RepairBench WithOtherCluster()
    {
        var bench = new RepairBench("north/a", "north/b", "west/c");
        bench.OtherClusters.Add("west");
        return bench;
    }

    private static DateTimeOffset? HeldUpTo(RepairBench bench) => Assert.Single(bench.Reconciler.Progress.Watermarks).HeldUpTo;

    private static DateTimeOffset Settled(RepairBench bench) => UnixMinute.Of(bench.Time.GetUtcNow().AddMinutes(-1)).Timestamp;

    private static async Task SettleAsync(RepairBench bench)
    {
        await bench.RunAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(16));
        await bench.RunAsync();
    }

    private static async Task RunBothAsync(RepairBench bench)
    {
        var other = new Reconciler(
            RepairBench.Peer(2), bench, bench[2], new RepairOptions(), TimeSpan.FromDays(1), bench.Time, bench.Counters, NullLogger<Reconciler>.Instance);
        for (var i = 0; i < 10; i++)
        {
            await bench.RunAsync();
            while (await other.RunRoundAsync(CancellationToken.None))
            {
            }

            bench.Time.Advance(TimeSpan.FromSeconds(5));
        }
    }
}
