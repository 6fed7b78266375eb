using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using AllData.Tests.Unit.Links;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Reading;

/// <summary>A scan over replicas that fail, disagree or hold what is damaged.</summary>
public sealed class ClusterScanTests
{
    private const long Minute = UnixMinute.Milliseconds;

    private readonly FakePeer _a = new("a");
    private readonly FakePeer _b = new("b");
    private readonly FakePeer _c = new("c");

    [Fact]
    public async Task A_copyset_is_read_from_one_of_its_members_where_they_agree()
    {
        var blocks = Enumerable.Range(0, 6).Select(i => Block(i * 10, $"{i}")).ToArray();
        await using var bench = await ScanBench.StartAsync(_a.Hold(blocks), _b.Hold(blocks), _c.Hold(blocks));
        var run = await bench.ScanAsync();
        Assert.Equal(("012345", 0), (run.Text, run.Doubts.Length));
        Assert.Equal([0, 0, 3], new[] { _a.Pages, _b.Pages, _c.Pages }.Order());
    }

    [Fact]
    public async Task A_scan_is_in_doubt_until_every_cluster_of_the_store_has_said_a_word()
    {
        var document = FederationSample.Document();
        var own = new ConfiguredFederation(new FederatedCluster(document, document.Find("north")!));
        await using var bench = await ScanBench.StartAsync(own, _a.Hold(Block(0, "a")));

        var run = await bench.ScanAsync();
        Assert.Equal(("a", null), (run.Text, run.UnsafeFrom));
        var doubt = Assert.Single(run.Doubts);
        Assert.Equal((default, "west", "it has never answered here, and its peers may hold more"), (doubt.Peer, doubt.Cluster, doubt.Reason));

        bench.Tell(new ClusterSnapshot(1, SnapshotSample.West(7), []));
        Assert.Empty((await bench.ScanAsync()).Doubts);
    }

    [Fact]
    public async Task A_peer_that_fails_half_way_is_named_and_the_others_go_on_after_the_last_event()
    {
        var blocks = Enumerable.Range(0, 8).Select(i => Block(i * 10, $"{i}")).ToArray();
        foreach (var peer in new[] { _a, _b })
        {
            peer.Hold(blocks).BeforePage = range => range.After is null || _a.Pages + _b.Pages != 1
                ? Task.CompletedTask
                : throw new InvalidOperationException("The disk is gone.");
        }

        await using var bench = await ScanBench.StartAsync(_a, _b);
        var run = await bench.ScanAsync();
        Assert.Equal("01234567", run.Text);
        Assert.Single(run.DoubtedPeers);
    }

    [Theory]
    [InlineData(ScanScope.Store, "ab", false)]
    [InlineData(ScanScope.Cluster, "a", true)]
    public async Task A_scan_of_one_cluster_reads_what_its_peers_hold_and_no_other_cluster_has_to_answer(ScanScope scope, string read, bool isComplete)
    {
        _a.Watermark = _b.Watermark = _c.Watermark = static () => Task.FromResult(TestBlocks.Key(50));
        _c.BeforeBuckets = static _ => throw new TimeoutException("It is cut off.");
        await using var bench = await ScanBench.StartUnknowingAsync(_a.Hold(Block(0, "a")), _b.Hold(Block(10, "b")), _c.Hold(Block(20, "c")));
        bench.TellOfTwoClusters(ownPeers: 1);
        var run = await bench.ScanAsync(new ScanRange { Scope = scope });
        Assert.Equal((read, isComplete), (run.Text, run.Doubts.IsEmpty));

        // What the other cluster has acknowledged may come here later, below any key.
        Assert.Equal(isComplete, run.UnsafeFrom is null);
    }

    [Fact]
    public async Task The_scope_of_one_cluster_is_that_of_the_store_where_there_is_no_other()
    {
        _a.Watermark = _b.Watermark = static () => Task.FromResult(TestBlocks.Key(50));
        await using var bench = await ScanBench.StartAsync(_a.Hold(Block(0, "a")), _b.Hold(Block(10, "b")));
        var run = await bench.ScanAsync(new ScanRange { Scope = ScanScope.Cluster });
        Assert.Equal(("ab", true, true), (run.Text, run.Doubts.IsEmpty, run.UnsafeFrom is not null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_silo_that_stops_hands_the_scan_over_instead_of_calling_live_peers_silent(bool whileAskingForBuckets)
    {
        await using var bench = await ScanBench.StartAsync(_a.Hold(Block(0, "a")));
        Task Stop()
        {
            bench.Stop();
            throw new InvalidOperationException("This silo cannot reach anybody any more.");
        }

        if (whileAskingForBuckets)
        {
            _a.BeforeBuckets = _ => Stop();
        }
        else
        {
            _a.BeforePage = _ => Stop();
        }

        await Assert.ThrowsAsync<SiloUnavailableException>(() => bench.ScanAsync());
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_waited_for_once_and_named()
    {
        _a.Hold(Block(0, "a"), Block(3 * Minute, "d")).MinutesAtOnce = 1;
        var asked = 0;
        var isAsked = new TaskCompletionSource();
        _b.BeforeBuckets = _ =>
        {
            asked++;
            isAsked.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        await using var bench = await ScanBench.StartAsync(_a, _b);
        var scan = bench.ScanAsync(new ScanRange { From = TestBlocks.Key(0), To = TestBlocks.Key(4 * Minute) });
        await isAsked.Task.Soon();
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        var run = await scan.Soon();
        Assert.Equal(("ad", 1), (run.Text, asked));
        Assert.Equal(["b"], run.DoubtedPeers);
        Assert.Equal((TestBlocks.Key(0), TestBlocks.Key(4 * Minute)), (run.Doubts[0].From, run.Doubts[^1].To));
    }

    [Fact]
    public async Task A_peer_whose_answer_covers_nothing_is_named_and_does_not_hold_the_scan_up()
    {
        _b.MinutesAtOnce = 0;
        await using var bench = await ScanBench.StartAsync(_a.Hold(Block(0, "a")), _b);
        var run = await bench.ScanAsync().Soon();
        Assert.Equal("a", run.Text);
        Assert.Equal(["b"], run.DoubtedPeers);
    }

    [Fact]
    public async Task A_scan_that_is_told_to_stop_does_so_in_an_empty_stretch_too()
    {
        using var stop = new CancellationTokenSource();
        _a.MinutesAtOnce = 1;
        var asked = 0;
        _a.BeforeBuckets = _ => ++asked == 3 ? stop.CancelAsync() : Task.CompletedTask;
        await using var bench = await ScanBench.StartAsync(_a);
        await Assert.ThrowsAsync<OperationCanceledException>(() => bench.ScanAsync(ScanRange.All, stop.Token).Soon());
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Where_peers_tell_of_different_numbers_of_minutes_nothing_is_missed_or_given_twice()
    {
        var blocks = Enumerable.Range(0, 9).Select(i => Block(i * Minute, $"{i}")).ToArray();
        (_a.MinutesAtOnce, _b.MinutesAtOnce, _c.MinutesAtOnce) = (2, 3, 5);
        await using var bench = await ScanBench.StartAsync(_a.Hold(blocks[..6]), _b.Hold(blocks[3..]), _c.Hold(blocks[2..4]));
        var run = await bench.ScanAsync(new ScanRange { From = TestBlocks.Key(0), To = TestBlocks.Key(9 * Minute) });
        Assert.Equal(("012345678", 0), (run.Text, run.Doubts.Length));
    }

    [Fact]
    public async Task A_block_that_only_a_peer_outside_the_copyset_holds_is_given()
    {
        var shared = Block(0, "a");
        await using var bench = await ScanBench.StartAsync(_a.Hold(shared), _b.Hold(shared), _c.Hold(Block(1, "b")));
        Assert.Equal("ab", (await bench.ScanAsync()).Text);
    }

    [Fact]
    public async Task A_damaged_block_is_read_from_another_peer_that_holds_the_same()
    {
        var blocks = Enumerable.Range(0, 6).Select(i => Block(i * 10, $"{i}")).ToArray();
        foreach (var peer in new[] { _a, _b })
        {
            peer.Hold(blocks);
        }

        // Both orders: whichever of the two the plan prefers.
        foreach (var damaged in new[] { _a, _b })
        {
            damaged.Damaged.Add(blocks[3].Header.Id);
            await using var bench = await ScanBench.StartAsync(_a, _b);
            var run = await bench.ScanAsync();
            Assert.Equal(("012345", 0), (run.Text, run.Doubts.Length));
            damaged.Damaged.Clear();
        }
    }

    [Fact]
    public async Task A_damaged_block_that_nobody_holds_intact_is_in_doubt_and_all_others_are_given()
    {
        var blocks = Enumerable.Range(0, 6).Select(i => Block(i * 10, $"{i}")).ToArray();
        foreach (var peer in new[] { _a, _b })
        {
            peer.Hold(blocks).Damaged.Add(blocks[3].Header.Id);
        }

        await using var bench = await ScanBench.StartAsync(_a, _b);
        var run = await bench.ScanAsync();
        Assert.Equal("01245", run.Text);
        Assert.Equal(["a", "b"], run.DoubtedPeers);
        Assert.All(run.Doubts, d => Assert.True(d.From <= blocks[3].Header.FirstKey && blocks[3].Header.LastKey < d.To, d.ToString()));
    }

    [Fact]
    public async Task Blocks_damaged_at_different_members_are_each_read_where_they_are_whole()
    {
        var blocks = Enumerable.Range(0, 6).Select(i => Block(i * 10, $"{i}")).ToArray();
        _a.Hold(blocks).Damaged.Add(blocks[1].Header.Id);
        _b.Hold(blocks).Damaged.Add(blocks[4].Header.Id);
        await using var bench = await ScanBench.StartAsync(_a, _b);
        Assert.Equal("012345", (await bench.ScanAsync()).Text);
    }

    [Fact]
    public async Task Damage_in_one_window_is_no_reason_to_doubt_the_next()
    {
        // Many copysets: some of them are read at the damaged peer first.
        var shared = Enumerable.Range(1, 9).Select(c => Block(c, $"{c}", copyset: c)).ToArray();
        _a.Hold(shared).Hold([.. Enumerable.Range(1, 9).Select(c => Block(Minute + c, $"{c}", copyset: c))]);
        _a.Damaged.UnionWith(shared.Select(b => b.Header.Id));
        _a.MinutesAtOnce = 1;
        await using var bench = await ScanBench.StartAsync(_a, _b.Hold(shared));
        var run = await bench.ScanAsync(new ScanRange { From = TestBlocks.Key(0), To = TestBlocks.Key(2 * Minute) });
        Assert.True(_a.Pages > 1, "the damage was not met");
        Assert.Equal(("123456789123456789", 0), (run.Text, run.Doubts.Length));
    }

    [Fact]
    public async Task What_lies_in_later_segments_is_read_again_by_the_new_plan()
    {
        // Members that disagree make a segment of each minute: the one that is read ahead belongs to the plan that damage overthrows.
        var blocks = Enumerable.Range(0, 5).Select(i => Block(i * Minute, $"{i}")).ToArray();
        _a.Hold(blocks).Hold(Block(1 * Minute, "x"), Block(3 * Minute, "y")).Damaged.Add(blocks[1].Header.Id);
        await using var bench = await ScanBench.StartAsync(_a, _b.Hold(blocks), _c.Hold(blocks[2..]));
        var run = await bench.ScanAsync();
        Assert.Equal(["0", "1", "2", "3", "4", "x", "y"], run.Events.Select(e => e.Payload).Order());
        Assert.Equal(run.Events.Select(e => e.Key).Order(), run.Events.Select(e => e.Key));
    }

    [Fact]
    public async Task What_a_peer_has_lost_is_in_doubt_only_as_far_as_the_range_goes()
    {
        var lost = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));
        _a.Hold(Block(0, "a")).Lost = [new DamagedInterval(lost, "Its file is gone.")];
        await using var bench = await ScanBench.StartAsync(_a);
        Assert.Equal(["a"], (await bench.ScanAsync()).DoubtedPeers);
        Assert.Empty((await bench.ScanAsync(new ScanRange { To = EventKey.FirstAt(lost.StartUnixMilliseconds) })).Doubts);
        var doubt = Assert.Single((await bench.ScanAsync(new ScanRange { From = TestBlocks.Key(10), To = TestBlocks.Key(20) })).Doubts);
        Assert.Equal((TestBlocks.Key(10), TestBlocks.Key(20)), (doubt.From, doubt.To));
    }

    [Fact]
    public async Task A_peer_that_joined_a_moment_ago_is_asked_too()
    {
        await using var bench = await ScanBench.StartUnknowingAsync(_a, _b.Hold(Block(0, "new")));
        bench.Tell(1, peers: 1);
        bench.Registry = () => Task.FromResult(bench.TopologyOf(2, peers: 2));
        Assert.Equal("new", (await bench.ScanAsync()).Text);
    }

    [Fact]
    public async Task Without_the_registry_the_peers_that_are_known_are_asked_and_the_scan_is_in_doubt()
    {
        await using var bench = await ScanBench.StartAsync(_a.Hold(Block(0, "a")));
        bench.Registry = static () => throw new InvalidOperationException("No registry.");
        var scan = await bench.ScanAsync();
        Assert.Equal("a", scan.Text);
        var doubt = Assert.Single(scan.Doubts);
        Assert.Equal((default, null), (doubt.Peer, doubt.Cluster));
        Assert.StartsWith("the peer registry did not answer", doubt.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScanScope.Store, false)]
    [InlineData(ScanScope.Cluster, true)]
    public async Task Another_cluster_that_does_not_confirm_its_peers_leaves_a_scan_of_the_store_in_doubt(ScanScope scope, bool isComplete)
    {
        await using var bench = await ScanBench.StartAsync(_a.Hold(Block(0, "a")));
        bench.Unconfirmed = [FederationSample.Document().Clusters[1]];
        var scan = await bench.ScanAsync(new ScanRange { Scope = scope });
        Assert.Equal(("a", isComplete), (scan.Text, scan.Doubts.IsEmpty));
        Assert.All(scan.Doubts, static d => Assert.Equal(
            (default, "west", "it has not confirmed which peers it has, and one that joined since may hold more"), (d.Peer, d.Cluster, d.Reason)));
    }

    [Fact]
    public async Task A_silo_that_knows_no_peers_does_not_call_a_scan_complete()
    {
        await using var bench = await ScanBench.StartUnknowingAsync(_a);
        bench.Registry = static () => throw new InvalidOperationException("No registry.");
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => bench.ScanAsync());
    }

    [Fact]
    public async Task From_to_and_after_hold_at_the_edges_of_minutes_and_of_time()
    {
        var last = EventKey.Create(EventKey.MaxValue.UnixMilliseconds, EventKey.MaxOrdinal, EventKey.MaxSequence - 1);
        var first = EventKey.FirstAt(0);
        await using var bench = await ScanBench.StartAsync(_a.Hold(
            Block((first, "0")), Block(Minute - 1, "a"), Block(Minute, "b"), Block((2 * Minute) - 1, "c"), Block(2 * Minute, "d"), Block((last, "z"))));
        Assert.Equal("0abcdz", (await bench.ScanAsync()).Text);
        Assert.Equal("bc", await TextAsync(new ScanRange { From = TestBlocks.Key(Minute), To = TestBlocks.Key(2 * Minute) }));
        Assert.Equal("cdz", await TextAsync(new ScanRange { After = TestBlocks.Key(Minute) }));
        Assert.Equal("0a", await TextAsync(new ScanRange { To = TestBlocks.Key(Minute) }));
        Assert.Equal("abcdz", await TextAsync(new ScanRange { After = first }));
        Assert.Equal("", await TextAsync(new ScanRange { After = last }));
        Assert.Equal("", await TextAsync(new ScanRange { After = EventKey.MaxValue }));
        Assert.Equal("b", await TextAsync(new ScanRange { From = TestBlocks.Key(Minute), Limit = 1 }));
        Assert.Equal("", await TextAsync(new ScanRange { From = TestBlocks.Key(2), To = TestBlocks.Key(1) }));

        async Task<string> TextAsync(ScanRange range) => (await bench.ScanAsync(range)).Text;
    }

    [Fact]
    public async Task Whatever_is_held_where_and_whoever_fails_every_event_is_given_once_in_order_or_its_holder_is_named()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            await using var world = await RandomCluster.StartAsync(new Random(seed));
            await world.CheckAsync(seed);
        }
    }

    private static Block Block(long milliseconds, string payload) => TestBlocks.One(milliseconds, payload);

    private static Block Block(long milliseconds, string payload, int copyset) =>
        TestBlocks.Form(TestBlocks.NewId(), given: false, [(TestBlocks.Key(milliseconds), payload)], copyset: copyset);

    private static Block Block((EventKey Key, string Payload) only) => TestBlocks.Of(only);
}
