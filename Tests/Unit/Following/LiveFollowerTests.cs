using AllData.Encryption;
using AllData.Events;
using AllData.Following;
using AllData.Following.Live;
using AllData.Reading;
using AllData.Simulation.Running;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Following;

/// <summary>One live reader of a silo, over a store in memory.</summary>
public sealed class LiveFollowerTests
{
    private static readonly Topic Orders = Topic.Parse("orders");

    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly FollowedPages _pages;
    private readonly FakeFollowSource _source = new();
    private readonly FakeLiveSources _silos = new();
    private readonly LiveFeed _live;
    private FollowFeed? _feed;

    public LiveFollowerTests() =>
        (_pages, _live) = (new FollowedPages(_time), new LiveFeed(_silos, PayloadKeyFiles.None, _time, NullLogger<LiveFeed>.Instance));

    [Fact]
    public async Task What_was_given_live_is_not_given_again_when_it_is_safe_and_what_the_silo_did_not_hear_of_is_given_then()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(2);
        await using var reader = Follow(FollowStart.Now);
        await _pages.UntilAsync(reader, static page => page.Position == FakeScan.Key(2));

        Tell(topic: null, 5, 7);
        var page = await _pages.UntilAsync(reader, static page => page.IsLive);
        Assert.Equal(FakeScan.Key(2), page.Position);
        Assert.Equal(Keys(5, 7), FollowedPages.KeysOf(page));

        _source.Safe = FakeScan.Key(9);
        Assert.Equal(Keys(3, 4, 6, 8, 9), await _pages.EventsUntilAsync(reader, FakeScan.Key(9)));
    }

    [Fact]
    public async Task News_of_what_is_safe_already_is_not_given_again()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(2);
        await using var reader = Follow(FollowStart.Now);
        await _pages.UntilAsync(reader, static page => page.Position == FakeScan.Key(2));
        _source.Safe = FakeScan.Key(6);
        await _pages.EventsUntilAsync(reader, FakeScan.Key(6));

        Tell(topic: null, 5, 8);
        Assert.Equal(Keys(8), FollowedPages.KeysOf(await _pages.UntilAsync(reader, static page => page.IsLive)));
    }

    [Fact]
    public async Task A_reader_that_has_its_first_page_misses_nothing_that_comes_before_it_asks_for_the_next()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(2);
        await using var quick = Follow(FollowStart.Now);
        await using var slow = Follow(FollowStart.Now);
        await _pages.UntilAsync(quick, static page => page.Position == FakeScan.Key(2));
        await _pages.UntilAsync(slow, static page => page.Position == FakeScan.Key(2));

        Tell(topic: null, 5);
        await _pages.UntilAsync(quick, static page => page.IsLive);
        Assert.Equal(Keys(5), FollowedPages.KeysOf(await _pages.UntilAsync(slow, static page => page.IsLive)));
    }

    [Fact]
    public async Task A_reader_that_comes_from_a_silo_that_is_further_is_given_nothing_twice_and_misses_nothing()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(2);
        await using var present = Follow(FollowStart.Now);
        await _pages.UntilAsync(present, static page => page.Position == FakeScan.Key(2));
        await using var ahead = Follow(FollowStart.After(FakeScan.Key(6)));
        Assert.Equal(FakeScan.Key(6), (await _pages.NextAsync(ahead)).Position);

        Tell(topic: null, 5, 8);
        Assert.Equal(Keys(5, 8), FollowedPages.KeysOf(await _pages.UntilAsync(present, static page => page.IsLive)));
        _source.Safe = FakeScan.Key(9);
        Assert.Equal(Keys(7, 8, 9), await _pages.EventsUntilAsync(ahead, FakeScan.Key(9)));
        Assert.Equal(Keys(3, 4, 6, 7, 9), await _pages.EventsUntilAsync(present, FakeScan.Key(9)));
    }

    [Fact]
    public async Task A_reader_of_a_topic_is_given_events_of_no_other_live_or_in_order()
    {
        _source.Events.AddMany(10);
        _source.Events.TopicOf = static key => IsOdd(key) ? Orders : null;
        _source.Safe = FakeScan.Key(2);
        await using var reader = Follow(FollowStart.Now with { Topic = Orders });
        await _pages.UntilAsync(reader, static page => page.Position == FakeScan.Key(2));

        Tell(topic: null, 4, 6);
        Tell(Orders, 5, 7);
        Assert.Equal(Keys(5, 7), FollowedPages.KeysOf(await _pages.UntilAsync(reader, static page => page.IsLive)));

        _source.Safe = FakeScan.Key(9);
        Assert.Equal(Keys(3, 9), await _pages.EventsUntilAsync(reader, FakeScan.Key(9)));
    }

    [Fact]
    public async Task A_reader_that_begins_behind_is_given_what_it_missed_in_order_and_news_afterwards()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(6);
        await using var present = Follow(FollowStart.Now);
        await _pages.UntilAsync(present, static page => page.Position == FakeScan.Key(6));
        Tell(topic: null, 8);
        await _pages.UntilAsync(present, static page => page.IsLive);

        // Nothing of what others were given before it came is taken for given to it.
        await using var behind = Follow(FollowStart.Beginning);
        Assert.Equal(Keys(0, 1, 2, 3, 4, 5, 6), await _pages.EventsUntilAsync(behind, FakeScan.Key(6)));
        Tell(topic: null, 9);
        Assert.Equal(Keys(9), FollowedPages.KeysOf(await _pages.UntilAsync(behind, static page => page.IsLive)));
        _source.Safe = FakeScan.Key(9);
        Assert.Equal(Keys(7, 8), await _pages.EventsUntilAsync(behind, FakeScan.Key(9)));
        Assert.Equal(Keys(7, 9), (await _pages.EventsUntilAsync(present, FakeScan.Key(9))).Order());
    }

    [Fact]
    public async Task A_reader_that_the_silo_has_left_behind_ends_and_the_next_one_misses_nothing_after_its_position()
    {
        // Room for two pages.
        var feed = CreateFeed(keptBytes: 200);
        var position = FakeScan.Key(0);
        await using (var reader = Follow(FollowStart.Now, feed))
        {
            await _pages.UntilAsync(reader, page => page.Position == position);
            Tell(topic: null, 28);
            await _pages.UntilAsync(reader, static page => page.IsLive);
            _source.Events.AddMany(30);
            _source.Safe = FakeScan.Key(25);
            await Eventually.Holds(
                "it is left behind", TimeSpan.FromSeconds(30), () => _pages.Step() && feed.Look(null).Begin > FakeScan.Key(10),
                () => $"{feed.Look(null).Begin}");

            await Assert.ThrowsAsync<TimeoutException>(() => _pages.UntilAsync(reader, page => (position = page.Position!.Value) < position));
        }

        _source.Safe = FakeScan.Key(29);
        await using var next = Follow(FollowStart.After(position), feed);
        Assert.Equal(
            Enumerable.Range(0, 30).Select(static n => FakeScan.Key(n)).Where(key => key > position), await _pages.EventsUntilAsync(next, FakeScan.Key(29)));
    }

    [Fact]
    public async Task When_the_last_reader_has_gone_silos_are_asked_no_more_and_nothing_is_kept()
    {
        var feed = CreateFeed();
        await using (var reader = Follow(FollowStart.Now, feed))
        {
            await _pages.UntilAsync(reader, page => page.Position is not null && _silos.Asked > 1);
            Assert.Equal(1, feed.Readers);
        }

        Assert.Equal(0, feed.Readers);
        var asked = _silos.Asked;
        for (var i = 0; i < 100; i++)
        {
            _pages.Step();
            await Task.Yield();
        }

        Assert.Equal(asked, _silos.Asked);

        // What is told meanwhile is not for the next one.
        Tell(topic: null, 5);
        await using var next = Follow(FollowStart.Now, feed);
        await _pages.UntilAsync(next, page => page.Position is not null && _silos.Asked > asked);
        Tell(topic: null, 6);
        Assert.Equal(Keys(6), FollowedPages.KeysOf(await _pages.UntilAsync(next, static page => page.IsLive)));
    }

    [Fact]
    public void What_does_not_fit_is_left_out_and_counted()
    {
        using var reading = _live.Enter();
        _live.MostComingBytes = 10;
        Tell(topic: null, 5);
        Assert.Equal(1, _live.Missed);
    }

    private static bool IsOdd(EventKey key) => key.UnixMilliseconds % 2 != FakeScan.Day % 2;

    private static EventKey[] Keys(params int[] offsets) => [.. offsets.Select(static n => FakeScan.Key(n))];

    private void Tell(Topic? topic, params int[] offsets) =>
        _live.Offer(TestBlocks.OfTopic(topic?.ToString(), [.. offsets.Select(static n => (FakeScan.Key(n), "{}"))]).Bytes);

    private FollowFeed CreateFeed(long keptBytes = 32 << 20) =>
        new(_source, new FollowInstruments(Meters.Unheard, _time), _time, TaskScheduler.Default, NullLogger<FollowFeed>.Instance, _live, keptBytes);

    private IAsyncEnumerator<FollowPage> Follow(FollowStart start, FollowFeed? feed = null)
    {
        feed ??= _feed ??= CreateFeed();
        return new LiveFollower(new EventFollower(feed, _source, _time), feed, _live).FollowAsync(start, CancellationToken.None).GetAsyncEnumerator();
    }
}
