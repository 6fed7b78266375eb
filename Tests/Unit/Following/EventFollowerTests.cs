using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Following;
using AllData.Following.Live;
using AllData.Reading;
using AllData.Simulation.Running;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Following;

/// <summary>What a silo gives to a reader that follows through it.</summary>
public sealed class EventFollowerTests
{
    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly FollowedPages _pages;
    private readonly FakeFollowSource _source = new();
    private readonly LiveFeed _live;
    private readonly FollowFeed _feed;
    private readonly EventFollower _follower;

    public EventFollowerTests()
    {
        _pages = new FollowedPages(_time);
        _live = new LiveFeed(new FakeLiveSources(), PayloadKeyFiles.None, _time, NullLogger<LiveFeed>.Instance);
        _feed = CreateFeed(keptBytes: 32 << 20);
        _follower = new EventFollower(_feed, _source, _time);
    }

    [Fact]
    public async Task A_reader_is_given_what_becomes_safe_and_nothing_that_is_not()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(2);
        await using var reader = Follow(FollowStart.Now);
        await _pages.UntilAsync(reader, static page => page.Position == FakeScan.Key(2));

        _source.Safe = FakeScan.Key(8);
        Assert.Equal(KeysOf(3, 8), await _pages.EventsUntilAsync(reader, FakeScan.Key(8)));
        Assert.Equal(0, _source.OwnScans);

        _source.Safe = FakeScan.Key(20);
        Assert.Equal(KeysOf(9, 9), await _pages.EventsUntilAsync(reader, FakeScan.Key(20)));
    }

    [Fact]
    public async Task The_first_page_comes_before_anything_is_known_so_that_the_reader_can_continue_elsewhere()
    {
        _source.Safe = null;
        _source.HeldUpBy = [FakeScan.Doubt("west-c")];
        await using var after = Follow(FollowStart.After(FakeScan.Key(3)));
        Assert.Equal((FakeScan.Key(3), FakeScan.Key(3)), (await _pages.NextAsync(after) is var page ? page.Position : null, page.SafeUpTo));

        await using var now = Follow(FollowStart.Now);
        var held = await _pages.UntilAsync(now, static p => !p.HeldUpBy.IsEmpty);
        Assert.Equal(["west-c"], held.HeldUpBy.Select(static d => d.Peer.Value));
        Assert.Null(held.SafeUpTo);
    }

    [Fact]
    public async Task A_reader_that_begins_with_the_present_while_it_is_not_known_misses_nothing_that_is_put_until_it_is()
    {
        _source.Safe = null;
        _source.HeldUpBy = [FakeScan.Doubt("west-c")];
        await using var reader = Follow(FollowStart.Now);
        await _pages.UntilAsync(reader, static page => page.Position is not null);

        _source.Events.AddMany(10);
        (_source.Safe, _source.HeldUpBy) = (FakeScan.Key(9), []);
        Assert.Equal(KeysOf(0, 9), await _pages.EventsUntilAsync(reader, FakeScan.Key(9)));
    }

    [Fact]
    public async Task A_reader_that_is_behind_reads_for_itself_until_it_is_as_far_as_the_others()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(5);
        await using var present = Follow(FollowStart.Now);
        await _pages.UntilAsync(present, static page => page.Position == FakeScan.Key(5));
        await using var behind = Follow(FollowStart.Beginning);

        Assert.Equal(KeysOf(0, 5), await _pages.EventsUntilAsync(behind, FakeScan.Key(5)));
        Assert.Equal(1, _source.OwnScans);

        var shared = _source.SharedScans;
        _source.Safe = FakeScan.Key(8);
        Assert.Equal(KeysOf(6, 8), await _pages.EventsUntilAsync(behind, FakeScan.Key(8)));
        Assert.Equal(KeysOf(6, 8), await _pages.EventsUntilAsync(present, FakeScan.Key(8)));
        Assert.Equal((1, shared + 1), (_source.OwnScans, _source.SharedScans));
    }

    [Fact]
    public async Task A_doubt_stops_readers_before_it_and_is_named_until_it_is_over()
    {
        _source.Events.AddMany(10);
        await using var reader = Follow(FollowStart.After(FakeScan.Key(0)));
        await _pages.NextAsync(reader);
        await _pages.UntilAsync(reader, static page => page.SafeUpTo == FakeScan.Key(0));

        _source.Doubts = [FakeScan.Doubt("west-c") with { From = FakeScan.Key(5) }];
        _source.Safe = FakeScan.Key(8);
        Assert.Equal(KeysOf(1, 4), await _pages.EventsUntilAsync(reader, FakeScan.Key(5).GetPredecessor()));
        Assert.Equal("west-c", (await _pages.UntilAsync(reader, static page => !page.HeldUpBy.IsEmpty)).HeldUpBy[0].Peer.Value);

        _source.Doubts = [];
        Assert.Equal(KeysOf(5, 8), await _pages.EventsUntilAsync(reader, FakeScan.Key(8)));
        await _pages.UntilAsync(reader, static page => page.HeldUpBy.IsEmpty);
    }

    [Fact]
    public async Task A_reader_that_is_behind_stops_before_a_doubt_too_and_waits_while_too_many_scans_run()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(8);
        await using var present = Follow(FollowStart.Now);
        await _pages.UntilAsync(present, static page => page.Position == FakeScan.Key(8));

        _source.OwnFails = new TooManyScansException(8);
        await using var reader = Follow(FollowStart.Beginning);
        var crowded = await _pages.UntilAsync(reader, static page => !page.HeldUpBy.IsEmpty);
        Assert.Contains("8 scans run", crowded.HeldUpBy[0].Reason, StringComparison.Ordinal);

        _source.OwnFails = null;
        _source.Doubts = [FakeScan.Doubt("west-c") with { From = FakeScan.Key(5) }];
        Assert.Equal(KeysOf(0, 4), await _pages.EventsUntilAsync(reader, FakeScan.Key(5).GetPredecessor()));

        _source.Doubts = [];
        Assert.Equal(KeysOf(5, 8), await _pages.EventsUntilAsync(reader, FakeScan.Key(8)));
    }

    [Fact]
    public async Task Two_events_under_one_key_come_together()
    {
        _source.Events.AddMany(2).Add(FakeScan.Key(2), "one").Add(FakeScan.Key(2), "other").Add(FakeScan.Key(3), "third");
        await using var reader = Follow(FollowStart.After(FakeScan.Key(0)));
        _source.Safe = FakeScan.Key(3);

        Assert.Equal(
            [FakeScan.Key(1), FakeScan.Key(2), FakeScan.Key(2), FakeScan.Key(3)], await _pages.EventsUntilAsync(reader, FakeScan.Key(3)));
    }

    [Fact]
    public async Task A_reader_hears_something_every_few_seconds()
    {
        await using var reader = Follow(FollowStart.Now);
        await _pages.UntilAsync(reader, static page => page.Position is not null);
        var before = _time.GetTimestamp();
        await _pages.NextAsync(reader);
        await _pages.NextAsync(reader);

        Assert.InRange(_time.GetElapsedTime(before), EventFollower.Heartbeat, EventFollower.Heartbeat * 3);
    }

    [Fact]
    public async Task A_silo_that_stops_sends_its_readers_away()
    {
        await using var reader = Follow(FollowStart.Now);
        await _pages.NextAsync(reader);
        _source.IsStopping = true;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => _pages.NextAsync(reader));
    }

    [Fact]
    public async Task Without_readers_nothing_is_read_and_the_next_one_starts_it_again()
    {
        await using (var reader = Follow(FollowStart.Now))
        {
            await _pages.UntilAsync(reader, static page => page.Position is not null);
            Assert.Equal(1, _feed.Readers);
        }

        Assert.Equal(0, _feed.Readers);
        await Eventually.Holds("it ends", TimeSpan.FromSeconds(30), () => _pages.Step() && _feed.Look(null).End is null, () => $"{_feed.Look(null).End}");

        _source.Safe = FakeScan.Key(50);
        await using var next = Follow(FollowStart.Now);
        await _pages.UntilAsync(next, static page => page.Position == FakeScan.Key(50));
    }

    [Fact]
    public async Task The_feed_waits_with_what_it_would_forget_for_most_of_its_readers_and_not_for_a_few()
    {
        // Room for two of three pages.
        var feed = CreateFeed(keptBytes: 200);
        var (fast, slow, slower) = (feed.Enter(), feed.Enter(), feed.Enter());
        await Eventually.Holds("it begins", TimeSpan.FromSeconds(30), () => _pages.Step() && fast.Look(null).End is not null, static () => "no end");
        foreach (var reading in new[] { fast, slow, slower })
        {
            reading.Look(FakeScan.Key(0));
        }

        _source.Events.AddMany(30);
        _source.Safe = FakeScan.Key(29);
        await Eventually.Holds("it waits", TimeSpan.FromSeconds(30), () => _pages.Step() && feed.IsWaitingForReaders, () => $"{feed.Look(null).End}");
        var full = feed.Look(null).End!.Value;
        Assert.Equal(FakeScan.Key(0), feed.Look(null).Begin);

        // One of three has taken everything: not enough.
        fast.Look(full);
        Assert.True(feed.IsWaitingForReaders);

        // Two of three have: the third is left behind.
        slow.Look(full);
        Assert.False(feed.IsWaitingForReaders);
        await Eventually.Holds("it goes on", TimeSpan.FromSeconds(30), () => slow.Look(full).End > full, () => $"{full}");
        Assert.True(slower.Look(FakeScan.Key(0)).Begin > FakeScan.Key(0));
        slower.Dispose();
        fast.Dispose();
        slow.Dispose();
    }

    [Fact]
    public async Task The_feed_waits_for_readers_that_take_nothing_for_a_while_only()
    {
        var feed = CreateFeed(keptBytes: 200);
        using var reading = feed.Enter();
        await Eventually.Holds("it begins", TimeSpan.FromSeconds(30), () => _pages.Step() && reading.Look(null).End is not null, static () => "no end");
        reading.Look(FakeScan.Key(0));
        _source.Events.AddMany(30);
        _source.Safe = FakeScan.Key(29);

        await Eventually.Holds(
            "it goes on to the end", TimeSpan.FromSeconds(30), () => _pages.Step() && feed.Look(null).End == FakeScan.Key(29), () => $"{feed.Look(null).End}");
    }

    private FollowFeed CreateFeed(long keptBytes) =>
        new(_source, new FollowInstruments(Meters.Unheard, _time), _time, TaskScheduler.Default, NullLogger<FollowFeed>.Instance, _live, keptBytes);

    private IAsyncEnumerator<FollowPage> Follow(FollowStart start) => _follower.FollowAsync(start, CancellationToken.None).GetAsyncEnumerator();

    private static IEnumerable<EventKey> KeysOf(int first, int last) => Enumerable.Range(first, last - first + 1).Select(static n => FakeScan.Key(n));
}
