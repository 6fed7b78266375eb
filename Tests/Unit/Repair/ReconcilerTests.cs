using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;
using AllData.Replicas;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;
using AllData.Tests.Unit.Protocol;

namespace AllData.Tests.Unit.Repair;

public sealed class ReconcilerTests
{
    private static readonly string[] Six = ["north/a", "north/b", "west/c", "west/d", "east/e", "east/f"];

    private readonly RepairBench _bench = new(Six);

    [Fact]
    public async Task What_another_member_holds_and_this_one_lacks_is_taken_as_it_is()
    {
        var (common, missed) = (_bench.Blocks(5, RepairBench.Past, 1, 2, 3), _bench.Blocks(7, RepairBench.Past, 1, 2, 3));
        _bench.Own.Hold(common);
        _bench[2].Hold(common).Hold(missed);

        await _bench.RunAsync();

        Assert.Equal(common.Concat(missed).Select(b => b.Header.Id).Order(Ids), _bench.Own.Ids.Order(Ids));
        Assert.Equal(missed.Sum(b => (long)b.Bytes.Bytes.Length), _bench[2].GivenBytes);
        Assert.Equal((7, 0), (_bench.Counters.FetchedBlocks, _bench.Counters.KnownBlocks));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_minute_with_more_topics_than_a_request_may_name_is_taken_all_the_same(bool hasSomeOfEach)
    {
        var first = RepairBench.Past.GetFirstKey().UnixMilliseconds;
        var blocks = Enumerable.Range(0, 2 * (QuestionBounds.MaxCopysets + 1))
            .Select(i => TestBlocks.OfTopic($"topic-{i / 2}", (EventKey.Create(first, 1, i), "one"))).ToArray();
        _bench.Own.Hold(blocks.Where((_, i) => hasSomeOfEach && i % 2 == 0));
        _bench[2].Hold(blocks).Hold(_bench.Blocks(2, RepairBench.Past, 2, 3, 4));
        _bench[2].PageBlocks = _bench.Own.PageBlocks = QuestionBounds.MaxListedBlocks;

        await _bench.RunAsync();

        Assert.Equal(blocks.Select(b => b.Header.Id).Order(Ids), _bench.Own.Ids.Order(Ids));
    }

    [Fact]
    public async Task What_others_owe_is_left_to_them()
    {
        _bench[2].Hold(_bench.Blocks(3, RepairBench.Past, 2, 3, 4));
        await _bench.RunAsync();
        Assert.Empty(_bench.Own.Ids);
    }

    [Fact]
    public async Task Blocks_that_a_foreign_holder_keeps_are_fetched_home_once()
    {
        var blocks = _bench.Blocks(4, RepairBench.Past, 1, 2, 3);
        _bench.Own.Hold(blocks[..2]);
        _bench[6].Hold(blocks[2..]);
        await _bench.RunAsync();
        Assert.Equal(4, _bench.Own.Ids.Count());

        // Its part of the bucket stays different forever: it is not looked at again.
        var listed = _bench[6].ListedBlocks;
        _bench.Time.Advance(TimeSpan.FromHours(7));
        await _bench.RunAsync();
        Assert.Equal(listed, _bench[6].ListedBlocks);
    }

    [Fact]
    public async Task Each_block_is_fetched_from_one_holder_only()
    {
        var blocks = _bench.Blocks(20, RepairBench.Past, 1, 2, 3);
        _bench[2].Hold(blocks);
        _bench[3].Hold(blocks);
        await _bench.RunAsync();
        Assert.Equal(20, _bench.Own.Ids.Count());
        Assert.Equal(blocks.Sum(b => (long)b.Bytes.Bytes.Length), _bench[2].GivenBytes + _bench[3].GivenBytes);
    }

    [Fact]
    public async Task Agreement_costs_a_row_of_each_bucket_and_no_block()
    {
        var blocks = _bench.Blocks(20, RepairBench.Past, 1, 2, 3);
        _bench.Own.Hold(blocks);
        _bench[2].Hold(blocks);
        await _bench.RunAsync();
        Assert.Equal((0, 0), (_bench[2].ListedBlocks, _bench[2].GivenBytes));

        // And nothing at all while nothing changes.
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.RunAsync();
        _bench[2].Before = name => Assert.Equal(nameof(IRepairSource.GetChangesAsync), name);
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await _bench.RunAsync();
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);
    }

    [Fact]
    public async Task A_minute_is_compared_when_it_has_come_to_rest_and_not_while_copies_may_be_on_their_way()
    {
        await _bench.RunAsync();
        var now = RepairBench.Past + 100;
        _bench[2].Hold(_bench.Block(now, 1, 2, 3));
        await _bench.RunAsync();
        Assert.Empty(_bench.Own.Ids);
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);

        _bench.Time.Advance(TimeSpan.FromSeconds(16));
        await _bench.RunAsync();
        Assert.Single(_bench.Own.Ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_changed_while_a_peer_could_not_be_asked_is_missing_until_it_has_been_compared(bool isSilent)
    {
        await _bench.RunAsync();
        _bench[2].Before = _ => throw new TimeoutException("No answer.");
        _bench.Dead.UnionWith(isSilent ? [] : [RepairBench.Peer(2)]);
        await _bench.RunAsync();
        _bench[2].Hold(_bench.Block(RepairBench.Past + 100, 1, 2, 3));

        (_bench[2].Before, _) = (static _ => { }, _bench.Dead.Remove(RepairBench.Peer(2)));
        _bench.Time.Advance(TimeSpan.FromSeconds(2));
        await _bench.RunAsync();
        Assert.Empty(_bench.Own.Ids);
        Assert.False(_bench.Reconciler.Progress.IsCaughtUp);

        _bench.Time.Advance(TimeSpan.FromSeconds(16));
        await _bench.RunAsync();
        Assert.Single(_bench.Own.Ids);
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);
    }

    [Fact]
    public async Task A_block_of_long_ago_that_comes_late_is_found_by_its_change()
    {
        await _bench.RunAsync();
        _bench[2].Hold(_bench.Block(RepairBench.Past - 100_000, 1, 2, 3));
        await _bench.RunAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(16));
        await _bench.RunAsync();
        Assert.Single(_bench.Own.Ids);
    }

    [Fact]
    public async Task A_peer_that_fails_in_the_middle_keeps_nobody_else_waiting_and_is_gone_on_with_later()
    {
        var (a, b) = (_bench.Blocks(9, RepairBench.Past, 1, 2, 3), _bench.Blocks(2, RepairBench.Past, 1, 3, 4));
        _bench[2].Hold(a);
        _bench[4].Hold(b);
        var pages = 0;
        _bench[2].Before = name => pages = name == nameof(IRepairSource.ReadPageAsync) && ++pages > 1 ? throw new TimeoutException("No answer.") : pages;
        await _bench.RunAsync();
        Assert.Equal(5, _bench.Own.Ids.Count());
        Assert.Equal("No answer.", Assert.Single(_bench.Reconciler.Progress.Peers, p => p.Problem is not null).Problem);
        Assert.False(_bench.Reconciler.Progress.IsCaughtUp);

        _bench[2].Before = static _ => { };
        _bench.Time.Advance(TimeSpan.FromSeconds(2));
        await _bench.RunAsync();
        Assert.Equal(11, _bench.Own.Ids.Count());
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);
    }

    [Fact]
    public async Task A_dead_peer_is_not_asked_and_nothing_is_called_complete_without_it()
    {
        _bench[2].Hold(_bench.Block(RepairBench.Past, 1, 2, 3));
        _bench.Dead.Add(RepairBench.Peer(2));
        await _bench.RunAsync();
        Assert.Empty(_bench.Own.Ids);
        Assert.False(_bench.Reconciler.Progress.IsCaughtUp);

        _bench.Dead.Clear();
        await _bench.RunAsync();
        Assert.Single(_bench.Own.Ids);
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);
    }

    [Fact]
    public async Task A_wiped_peer_under_its_old_name_is_refilled_with_what_its_former_directory_owed()
    {
        _bench[2].Hold(_bench.Blocks(10, RepairBench.Past, 1, 2, 3));
        var snapshot = _bench.Topology.Snapshot;
        var wiped = snapshot.Peers[0] with { Ordinal = 7 };
        _bench.Topology = Topology.Prepare(snapshot with
        {
            Version = 2,
            Peers = snapshot.Peers.SetItem(0, wiped),
            Ordinals = [new DirectoryOrdinal(1, wiped.Id, Guid.NewGuid()), new DirectoryOrdinal(7, wiped.Id, Guid.NewGuid())],
        });
        await _bench.RunAsync();
        Assert.Equal(10, _bench.Own.Ids.Count());
    }

    [Fact]
    public async Task A_successor_takes_what_the_one_it_replaces_owed()
    {
        _bench[3].Hold(_bench.Blocks(10, RepairBench.Past, 2, 3, 4));
        await _bench.RunAsync();
        Assert.Empty(_bench.Own.Ids);

        var entry = new PeerReplacement(2, RepairBench.Peer(2), 2, ReplacementReason.Drained, [new ReplacementCandidate(1, new PeerLocation("north", "a"))])
        {
            Location = new PeerLocation("north", "b"),
        };
        var snapshot = _bench.Topology.Snapshot;
        _bench.Topology = Topology.Prepare(snapshot with
        {
            Version = 2,
            Replacements = [entry],
            Peers = snapshot.Peers.SetItem(1, snapshot.Peers[1] with { Status = PeerStatus.Draining }),
        });
        await _bench.RunAsync();
        Assert.Equal(10, _bench.Own.Ids.Count());
    }

    [Fact]
    public async Task A_topology_that_changes_nothing_of_who_owes_what_is_no_reason_to_compare_anew()
    {
        _bench[2].Hold(_bench.Block(RepairBench.Past, 1, 2, 3));
        await _bench.RunAsync();
        _bench[2].Before = name => Assert.Equal(nameof(IRepairSource.GetChangesAsync), name);
        var snapshot = _bench.Topology.Snapshot;
        _bench.Topology = Topology.Prepare(snapshot with
        {
            Version = 2,
            Peers = snapshot.Peers.SetItem(3, snapshot.Peers[3] with { Endpoint = "http://elsewhere" }),
        });
        await _bench.RunAsync();
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);
    }

    [Fact]
    public async Task What_was_lost_here_is_taken_again()
    {
        var blocks = _bench.Blocks(6, RepairBench.Past, 1, 3, 4);
        _bench[6].Hold(blocks);
        await _bench.RunAsync();
        _bench.Own.Lose(blocks[..4]);
        await _bench.RunAsync();
        Assert.Equal(6, _bench.Own.Ids.Count());
    }

    [Fact]
    public async Task Damaged_blocks_are_fetched_anew_from_whoever_holds_them_intact()
    {
        var blocks = _bench.Blocks(5, RepairBench.Past, 1, 2, 3);
        _bench.Own.Hold(blocks);
        _bench[2].Hold(blocks);
        _bench[3].Hold(blocks);
        _bench.Own.Damaged.Add(blocks[1].Header.Id);
        _bench.Own.Damaged.Add(blocks[3].Header.Id);
        _bench[2].Damaged.Add(blocks[3].Header.Id);

        await _bench.RunAsync();

        Assert.Empty(_bench.Own.Damaged);
        Assert.Equal(2, _bench.Counters.MendedBlocks);
    }

    [Fact]
    public async Task A_block_that_is_damaged_at_one_holder_is_taken_from_another()
    {
        var blocks = _bench.Blocks(5, RepairBench.Past, 1, 3, 4);
        _bench[3].Hold(blocks).Damaged.Add(blocks[0].Header.Id);
        _bench[4].Hold(blocks);
        await _bench.RunAsync();
        Assert.Equal(5, _bench.Own.Ids.Count());
    }

    [Fact]
    public async Task While_puts_leave_no_room_repair_waits_and_then_goes_on()
    {
        _bench[2].Hold(_bench.Blocks(3, RepairBench.Past, 1, 2, 3));
        var refusals = 0;
        _bench.Own.OnComplete = _ => ++refusals <= 9 ? new AppendReply(AppendStatus.Overloaded) : null;
        var run = _bench.RunAsync();
        while (!run.IsCompleted)
        {
            _bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await run;
        Assert.Equal(3, _bench.Own.Ids.Count());
    }

    [Fact]
    public async Task An_interval_with_something_wrong_is_settled_and_a_loss_is_made_good_only_when_all_have_been_compared_with()
    {
        var interval = Interval.Containing(RepairBench.Past, TimeSpan.FromDays(1));
        _bench.Own.OnSettle = static (_, isComplete) => isComplete ? null : "A file was lost.";
        _bench.Own.Hold(_bench.Block(RepairBench.Past, 1, 2, 3));
        _bench.Dead.Add(RepairBench.Peer(6));
        _bench.Reconciler.AddUnsettled(interval);
        await _bench.RunAsync();
        await _bench.RunAsync();
        Assert.Equal([(interval, false)], _bench.Own.Settled);

        _bench.Dead.Clear();
        await _bench.RunAsync();
        _bench.Time.Advance(TimeSpan.FromHours(2));
        await _bench.RunAsync();
        Assert.Equal([(interval, false), (interval, true)], _bench.Own.Settled);
    }

    [Fact]
    public async Task What_was_kept_only_here_is_not_made_good_by_comparing_with_others()
    {
        var interval = Interval.Containing(RepairBench.Past, TimeSpan.FromDays(1));
        _bench.Own.Hold(TestBlocks.Form(
            TestBlocks.NewId(), given: false, [(EventKey.Create(RepairBench.Past.StartUnixMilliseconds, 1, 99), "one")], copies: 1, copyset: [1]));
        _bench.Reconciler.AddUnsettled(interval);
        await _bench.RunAsync();
        Assert.Equal([(interval, false)], _bench.Own.Settled);
    }

    [Fact]
    public async Task A_block_that_nobody_gives_intact_is_asked_for_again_and_is_no_secret_until_then()
    {
        var blocks = _bench.Blocks(5, RepairBench.Past, 1, 2, 3);
        _bench[2].Hold(blocks).Damaged.Add(blocks[0].Header.Id);
        await _bench.RunAsync();
        Assert.Equal(4, _bench.Own.Ids.Count());
        Assert.False(_bench.Reconciler.Progress.IsCaughtUp);

        _bench[2].Damaged.Clear();
        _bench.Time.Advance(TimeSpan.FromSeconds(80));
        await _bench.RunAsync();
        Assert.Equal(5, _bench.Own.Ids.Count());
        Assert.True(_bench.Reconciler.Progress.IsCaughtUp);
    }

    [Fact]
    public async Task A_closed_interval_that_was_completed_is_made_whole_again_when_it_has_been_left_alone()
    {
        var minute = RepairBench.Past - (3 * 24 * 60);
        _bench[2].Hold(_bench.Block(minute, 1, 2, 3)).Hold(_bench.Block(RepairBench.Past, 1, 2, 3));
        await _bench.RunAsync();
        Assert.Empty(_bench.Own.Settled);
        _bench.Time.Advance(TimeSpan.FromSeconds(31));
        await _bench.RunAsync();
        Assert.Equal([(Interval.Containing(minute, TimeSpan.FromDays(1)), true)], _bench.Own.Settled);
    }

    private static IComparer<BlockId> Ids { get; } = Comparer<BlockId>.Create(static (a, b) => a.Sequence.CompareTo(b.Sequence));
}
