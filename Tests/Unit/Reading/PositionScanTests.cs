using System.Text;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using static AllData.Tests.Support.TestBlocks;

namespace AllData.Tests.Unit.Reading;

public sealed class PositionScanTests
{
    private static readonly EventKey End = Key(1_000_000);

    [Fact]
    public async Task A_late_event_is_given_where_it_arrived_and_not_at_its_key()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a").Hold(One(10, "a"), Late(Key(20), null, (Key(5), "b"), (Key(11), "c")), One(30, "d")), new FakePeer("b"));

        Assert.Equal("10a 20>5b 20>11c 30d", await ReadAsync(bench, Key(0)));
        Assert.Equal("10a", await ReadAsync(bench, Key(0), Key(19)));
        Assert.Equal(4, (await bench.ScanAsync()).Events.Count);
    }

    [Fact]
    public async Task A_reader_goes_on_in_the_middle_of_a_late_block()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a").Hold(Late(Key(20), null, (Key(5), "a"), (Key(6), "b"), (Key(7), "c")), One(30, "d")));

        Assert.Equal("20>6b 20>7c 30d", await ReadAsync(bench, Key(20)));
        Assert.Equal("20>7c 30d", await ReadAsync(bench, Key(20, sequence: 1)));
        Assert.Equal("20>5a 20>6b", await ReadAsync(bench, Key(0), Key(20, sequence: 1)));
        Assert.Equal("30d", await ReadAsync(bench, Key(20, sequence: 2)));
    }

    // The sums of the two peers' buckets are equal: the block of one must not stand for that of the other.
    [Fact]
    public async Task An_event_that_arrived_twice_is_given_once_whichever_peer_holds_which_block()
    {
        var (first, second) = (Late(Key(20), null, (Key(5), "a")), Late(Key(40), null, (Key(5), "a")));
        await using var bench = await ScanBench.StartAsync(new FakePeer("a").Hold(second), new FakePeer("b").Hold(first), new FakePeer("c").Hold(One(30)));

        Assert.Equal("20>5a 30one", await ReadAsync(bench, Key(0)));
        Assert.Equal("30one", await ReadAsync(bench, Key(20)));
    }

    [Fact]
    public async Task An_event_that_has_a_block_of_its_time_is_given_at_its_key()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a").Hold(Late(Key(20), null, (Key(5), "a"), (Key(6), "b"))), new FakePeer("b").Hold(Given((Key(5), "a"))));

        Assert.Equal("5a 20>6b", await ReadAsync(bench, Key(0)));
        Assert.Equal("20>6b", await ReadAsync(bench, Key(5)));
    }

    [Fact]
    public async Task Another_event_under_the_same_key_is_another_event_and_in_conflict()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a").Hold(One(5, "a")), new FakePeer("b").Hold(Late(Key(20), null, (Key(5), "b"))), new FakePeer("c").Hold(One(30, "c")));

        var (events, _) = await bench.ReadByPositionAsync(Key(0), End);
        Assert.Equal("5a 20>5b 30c", TextOf(events));
        Assert.Equal([true, true, false], events.Select(static e => e.IsConflict));
    }

    // No coordinator issues a position where an event lies. What comes from elsewhere may all the same.
    [Fact]
    public async Task A_late_event_and_another_one_at_one_position_are_given_together()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a").Hold(One(10, "a"), Given((Key(20), "b")), Late(Key(20), null, (Key(5), "c")), One(30, "d")));

        Assert.Equal("10a 20b 20>5c 30d", await ReadAsync(bench, Key(0)));
        Assert.Equal("30d", await ReadAsync(bench, Key(20)));
        Assert.Equal(2, Assert.Single(await bench.ReadPagesByPositionAsync(Key(9), Key(20)), static page => page.LastPosition == Key(20)).Count);
    }

    [Fact]
    public async Task Late_events_between_others_do_not_make_a_page_each()
    {
        var peer = new FakePeer("a") { PageBlocks = 100 };
        for (var i = 0; i < 50; i++)
        {
            peer.Hold(One(1_000 + (2 * i), "a"), Late(Key(1_001 + (2 * i)), null, (Key(i), "b")));
        }

        await using var bench = await ScanBench.StartAsync(peer);
        var pages = await bench.ReadPagesByPositionAsync(Key(-1), End);
        Assert.InRange(pages.Count, 1, 4);
        var events = pages.SelectMany(static page => page.Unpack()).ToList();
        Assert.Equal(100, events.Count);
        Assert.Equal(events.Select(static e => e.Position).Order(), events.Select(static e => e.Position));
    }

    // A damaged entry of a peer's list, or one that a peer made up.
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    public async Task What_a_peer_says_wrongly_of_a_late_block_hides_no_event_and_doubles_none(int events, int shift)
    {
        var block = Late(Key(20), null, (Key(5), "a"), (Key(6), "b"), (Key(7), "c"));
        var wrong = new FakePeer("a") { Made = [new LateBlock(Key(20, sequence: shift), events, Key(5), Key(5))] };
        await using var bench = await ScanBench.StartAsync(wrong, new FakePeer("b").Hold(block, One(30, "d")));

        Assert.Equal("20>5a 20>6b 20>7c 30d", await ReadAsync(bench, Key(0)));
    }

    [Fact]
    public async Task Late_events_of_many_blocks_come_whole_however_far_their_keys_lie_apart()
    {
        var peer = new FakePeer("a");
        for (var i = 0; i < 40; i++)
        {
            peer.Hold(Late(Key(500_000 + (40 - i)), null, (Key(i * 10_000), $"{i}")));
        }

        await using var bench = await ScanBench.StartAsync(peer);
        var (events, doubts) = await bench.ReadByPositionAsync(Key(-1), End);
        Assert.Empty(doubts);
        Assert.Equal(Enumerable.Range(0, 40).Reverse().Select(static i => Key(i * 10_000)), events.Select(static e => e.Key));
    }

    [Fact]
    public async Task A_topic_has_its_late_events()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a").Hold(Late(Key(20), "orders", (Key(5), "a")), Late(Key(21), null, (Key(6), "b")), OfTopic("orders", (Key(30), "c"))));

        var (events, _) = await bench.ReadByPositionAsync(Key(0), End, Topic.Parse("orders"));
        Assert.Equal("20>5a 30c", TextOf(events));
        Assert.Equal("orders", events[0].Topic?.Value);
    }

    [Fact]
    public async Task A_peer_of_an_earlier_version_has_no_late_events_and_is_no_doubt()
    {
        await using var bench = await ScanBench.StartAsync(
            new FakePeer("a") { TakesLate = false }.Hold(One(10, "a")), new FakePeer("b").Hold(Late(Key(20), null, (Key(5), "b"))));
        Assert.Equal("10a 20>5b", await ReadAsync(bench, Key(0)));
    }

    [Fact]
    public async Task What_a_silent_peer_may_know_of_late_events_is_waited_for()
    {
        var silent = new FakePeer("b");
        await using var bench = await ScanBench.StartAsync(new FakePeer("a").Hold(One(10, "a")), silent);
        silent.BeforeBuckets = static range => range.Late is null ? Task.CompletedTask : throw new TimeoutException("It does not answer.");

        var (events, doubts) = await bench.ReadByPositionAsync(Key(0), End);
        Assert.Empty(events);
        Assert.Equal((silent.Id, Key(0).GetSuccessor()), (Assert.Single(doubts).Peer, doubts[0].From));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_read_is_waited_for_where_the_late_event_arrived()
    {
        var late = Late(Key(20), null, (Key(5), "b"));
        var damaged = new FakePeer("a").Hold(One(10, "a"), late, One(30, "c"));
        damaged.Damaged.Add(late.Header.Id);
        await using var bench = await ScanBench.StartAsync(damaged);

        var (events, doubts) = await bench.ReadByPositionAsync(Key(9), End);
        Assert.Equal("10a", TextOf(events));
        Assert.Equal(Key(20), doubts.Min(static d => d.From));
    }

    [Fact]
    public async Task An_interval_that_was_lost_may_have_had_late_events()
    {
        var peer = new FakePeer("a").Hold(One(10, "a"));
        await using var bench = await ScanBench.StartAsync(peer);
        peer.Lost = [new DamagedInterval(Interval.Containing(Noon, TimeSpan.FromDays(1)).Previous, "It is gone.")];

        Assert.Equal("It is gone.", Assert.Single((await bench.ReadByPositionAsync(Key(0), End)).Doubts).Reason);
    }

    // Blocks of several coordinators, some of them twice, at any peers: compared with what the rule says, from every position on.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Each_event_is_given_once_in_one_order_from_every_position_on(int seed)
    {
        var random = new Random(seed);
        FakePeer[] peers = [.. "abc".Select(static name => new FakePeer(name.ToString()) { PageBlocks = 3 })];
        var (expected, used) = (new Dictionary<EventKey, EventKey>(), new HashSet<EventKey>());
        for (var i = 0; i < 60; i++)
        {
            var keys = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Key(random.Next(0, 4) * 1_500 + random.Next(20))).Distinct().Order().ToArray();
            var isLate = random.Next(2) == 0;
            var arrival = EventKey.Create(Noon + 10_000 + random.Next(3), random.Next(1, 4), random.Next(2) == 0 ? 49_998 : 10 * i);
            EventKey[] arrivals = [.. Enumerable.Range(0, isLate ? keys.Length : 0).Select(n => ArrivalKeys.At(arrival, n))];
            if (arrivals.Any(used.Contains))
            {
                continue;
            }

            used.UnionWith(arrivals);

            (EventKey, string)[] events = [.. keys.Select(static key => (key, $"{key}"))];
            var block = isLate ? Late(arrival, null, events) : Given(events);
            for (var n = 0; n < keys.Length; n++)
            {
                var position = isLate ? arrivals[n] : keys[n];
                expected[keys[n]] = expected.TryGetValue(keys[n], out var known) && known < position ? known : position;
            }

            foreach (var peer in peers.Where(_ => random.Next(2) == 0).DefaultIfEmpty(peers[0]))
            {
                peer.Hold(block);
            }
        }

        await using var bench = await ScanBench.StartAsync(peers);
        var all = expected.OrderBy(static e => e.Value).Select(static e => (e.Value, e.Key)).ToArray();
        Assert.Contains(all, static e => e.Item1 != e.Item2);
        for (var from = 0; from <= all.Length; from++)
        {
            var to = random.Next(from, all.Length);
            var after = from == 0 ? Key(-1) : all[from - 1].Value;
            var upTo = from < all.Length && random.Next(2) == 0 ? all[to].Value : End;

            var (events, doubts) = await bench.ReadByPositionAsync(after, upTo);

            Assert.Empty(doubts);
            Assert.Equal(all[from..].TakeWhile(e => e.Value <= upTo), events.Select(static e => (e.Position, e.Key)));
        }
    }

    private static async Task<string> ReadAsync(ScanBench bench, EventKey after, EventKey? upTo = null)
    {
        var (events, doubts) = await bench.ReadByPositionAsync(after, upTo ?? End);
        Assert.Empty(doubts);
        return TextOf(events);
    }

    private static string TextOf(IEnumerable<ScannedEvent> events) => string.Join(' ', events.Select(static e =>
        $"{(e.LateAt is { } late ? $"{late.UnixMilliseconds - Noon}>" : "")}{e.Key.UnixMilliseconds - Noon}{Encoding.UTF8.GetString(e.Payload.Span)}"));
}
