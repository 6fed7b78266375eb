using AllData.Errors;
using AllData.Events;
using AllData.Following;
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
    private readonly FakeFollowSource _source = new();
    private readonly FollowFeed _feed;
    private readonly EventFollower _follower;

    public EventFollowerTests()
    {
        _feed = new FollowFeed(_source, new FollowInstruments(Meters.Unheard, _time), _time, TaskScheduler.Default, NullLogger<FollowFeed>.Instance);
        _follower = new EventFollower(_feed, _source, _time);
    }

    [Fact]
    public async Task A_reader_is_given_what_becomes_safe_and_nothing_that_is_not()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(2);
        await using var reader = Follow(FollowStart.Now);
        await UntilAsync(reader, static page => page.Position == FakeScan.Key(2));

        _source.Safe = FakeScan.Key(8);
        Assert.Equal(KeysOf(3, 8), await EventsUntilAsync(reader, FakeScan.Key(8)));
        Assert.Equal(0, _source.OwnScans);

        _source.Safe = FakeScan.Key(20);
        Assert.Equal(KeysOf(9, 9), await EventsUntilAsync(reader, FakeScan.Key(20)));
    }

    [Fact]
    public async Task The_first_page_comes_before_anything_is_known_so_that_the_reader_can_continue_elsewhere()
    {
        _source.Safe = null;
        _source.HeldUpBy = [FakeScan.Doubt("west-c")];
        await using var after = Follow(FollowStart.After(FakeScan.Key(3)));
        Assert.Equal((FakeScan.Key(3), FakeScan.Key(3)), (await NextAsync(after) is var page ? page.Position : null, page.SafeUpTo));

        await using var now = Follow(FollowStart.Now);
        Assert.Null((await NextAsync(now)).Position);
        Assert.Equal(["west-c"], (await UntilAsync(now, static p => !p.HeldUpBy.IsEmpty)).HeldUpBy.Select(static d => d.Peer.Value));
    }

    [Fact]
    public async Task A_reader_that_is_behind_reads_for_itself_until_it_is_as_far_as_the_others()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(5);
        await using var present = Follow(FollowStart.Now);
        await UntilAsync(present, static page => page.Position == FakeScan.Key(5));
        await using var behind = Follow(FollowStart.Beginning);

        Assert.Equal(KeysOf(0, 5), await EventsUntilAsync(behind, FakeScan.Key(5)));
        Assert.Equal(1, _source.OwnScans);

        var shared = _source.SharedScans;
        _source.Safe = FakeScan.Key(8);
        Assert.Equal(KeysOf(6, 8), await EventsUntilAsync(behind, FakeScan.Key(8)));
        Assert.Equal(KeysOf(6, 8), await EventsUntilAsync(present, FakeScan.Key(8)));
        Assert.Equal((1, shared + 1), (_source.OwnScans, _source.SharedScans));
    }

    [Fact]
    public async Task A_doubt_stops_readers_before_it_and_is_named_until_it_is_over()
    {
        _source.Events.AddMany(10);
        await using var reader = Follow(FollowStart.After(FakeScan.Key(0)));
        await NextAsync(reader);
        await UntilAsync(reader, static page => page.SafeUpTo == FakeScan.Key(0));

        _source.Doubts = [FakeScan.Doubt("west-c") with { From = FakeScan.Key(5) }];
        _source.Safe = FakeScan.Key(8);
        Assert.Equal(KeysOf(1, 4), await EventsUntilAsync(reader, FakeScan.Key(5).GetPredecessor()));
        Assert.Equal("west-c", (await UntilAsync(reader, static page => !page.HeldUpBy.IsEmpty)).HeldUpBy[0].Peer.Value);

        _source.Doubts = [];
        Assert.Equal(KeysOf(5, 8), await EventsUntilAsync(reader, FakeScan.Key(8)));
        await UntilAsync(reader, static page => page.HeldUpBy.IsEmpty);
    }

    [Fact]
    public async Task A_reader_that_is_behind_stops_before_a_doubt_too_and_waits_while_too_many_scans_run()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(8);
        await using var present = Follow(FollowStart.Now);
        await UntilAsync(present, static page => page.Position == FakeScan.Key(8));

        _source.OwnFails = new TooManyScansException(8);
        await using var reader = Follow(FollowStart.Beginning);
        var crowded = await UntilAsync(reader, static page => !page.HeldUpBy.IsEmpty);
        Assert.Contains("8 scans run", crowded.HeldUpBy[0].Reason, StringComparison.Ordinal);

        _source.OwnFails = null;
        _source.Doubts = [FakeScan.Doubt("west-c") with { From = FakeScan.Key(5) }];
        Assert.Equal(KeysOf(0, 4), await EventsUntilAsync(reader, FakeScan.Key(5).GetPredecessor()));

        _source.Doubts = [];
        Assert.Equal(KeysOf(5, 8), await EventsUntilAsync(reader, FakeScan.Key(8)));
    }

    [Fact]
    public async Task Two_events_under_one_key_come_together()
    {
        _source.Events.AddMany(2).Add(FakeScan.Key(2), "one").Add(FakeScan.Key(2), "other").Add(FakeScan.Key(3), "third");
        await using var reader = Follow(FollowStart.After(FakeScan.Key(0)));
        _source.Safe = FakeScan.Key(3);

        Assert.Equal(
            [FakeScan.Key(1), FakeScan.Key(2), FakeScan.Key(2), FakeScan.Key(3)], await EventsUntilAsync(reader, FakeScan.Key(3)));
    }

    [Fact]
    public async Task A_reader_hears_something_every_few_seconds()
    {
        await using var reader = Follow(FollowStart.Now);
        await UntilAsync(reader, static page => page.Position is not null);
        var before = _time.GetTimestamp();
        await NextAsync(reader);
        await NextAsync(reader);

        Assert.InRange(_time.GetElapsedTime(before), EventFollower.Heartbeat, EventFollower.Heartbeat * 3);
    }

    [Fact]
    public async Task A_silo_that_stops_sends_its_readers_away()
    {
        await using var reader = Follow(FollowStart.Now);
        await NextAsync(reader);
        _source.IsStopping = true;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => NextAsync(reader));
    }

    [Fact]
    public async Task Without_readers_nothing_is_read_and_the_next_one_starts_it_again()
    {
        await using (var reader = Follow(FollowStart.Now))
        {
            await UntilAsync(reader, static page => page.Position is not null);
            Assert.Equal(1, _feed.Readers);
        }

        Assert.Equal(0, _feed.Readers);
        await Eventually.Holds("it ends", TimeSpan.FromSeconds(30), () => Step() && _feed.Look(null).End is null, () => $"{_feed.Look(null).End}");

        _source.Safe = FakeScan.Key(50);
        await using var next = Follow(FollowStart.Now);
        await UntilAsync(next, static page => page.Position == FakeScan.Key(50));
    }

    private bool Step()
    {
        _time.Advance(FollowFeed.Period);
        return true;
    }

    private IAsyncEnumerator<FollowPage> Follow(FollowStart start) => _follower.FollowAsync(start, CancellationToken.None).GetAsyncEnumerator();

    private async Task<FollowPage> NextAsync(IAsyncEnumerator<FollowPage> reader)
    {
        var next = reader.MoveNextAsync().AsTask();
        await Eventually.Holds("a page comes", TimeSpan.FromSeconds(30), () => next.IsCompleted || (Step() && next.IsCompleted), static () => "none");
        Assert.True(await next);
        return reader.Current;
    }

    private async Task<FollowPage> UntilAsync(IAsyncEnumerator<FollowPage> reader, Predicate<FollowPage> isWanted)
    {
        FollowPage page;
        do
        {
            page = await NextAsync(reader);
        }
        while (!isWanted(page));

        return page;
    }

    private async Task<List<EventKey>> EventsUntilAsync(IAsyncEnumerator<FollowPage> reader, EventKey position)
    {
        var keys = new List<EventKey>();
        FollowPage page;
        do
        {
            page = await NextAsync(reader);
            keys.AddRange(page.Events?.Unpack().Select(static e => e.Key) ?? []);
        }
        while (page.Position < position);

        return keys;
    }

    private static IEnumerable<EventKey> KeysOf(int first, int last) => Enumerable.Range(first, last - first + 1).Select(static n => FakeScan.Key(n));
}
