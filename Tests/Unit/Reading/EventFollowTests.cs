using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;
using AllData.Tests.Unit.Client;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Reading;

/// <summary>A reader that follows as an application sees it, over silos that fail.</summary>
public sealed class EventFollowTests
{
    private readonly EagerTime _time = new() { TakesTime = true };
    private readonly List<FollowStart> _asked = [];

    [Fact]
    public async Task A_reader_goes_on_at_another_silo_after_the_position_that_it_has()
    {
        var follow = Follow(FollowStart.Now, attempt => attempt switch
        {
            1 => Pages(new SiloUnavailableException(), (null, 0), (1, 3)),
            2 => Pages(new TimeoutException()),
            _ => Pages(null, (4, 6)),
        });

        Assert.Equal([FakeScan.Key(2), FakeScan.Key(5)], await ReadAsync(follow));
        Assert.Equal([null, FakeScan.Key(3), FakeScan.Key(3)], _asked.Select(static s => s.Position));
        Assert.Equal((FakeScan.Key(6), FakeScan.Key(6)), (follow.Position, follow.SafeUpTo));
    }

    [Fact]
    public async Task A_reader_of_a_topic_goes_on_where_topics_are_known()
    {
        var follow = Follow(
            FollowStart.Now with { Topic = Topic.Parse("orders") }, attempt => attempt == 1 ? Pages(null, (null, 0), (1, 3)) : Pages(null, (null, 4)));

        Assert.Empty(await ReadAsync(follow));
        Assert.Equal([null, FakeScan.Key(0)], _asked.Select(static s => s.Position));
        Assert.Equal(FakeScan.Key(4), follow.Position);
    }

    [Fact]
    public async Task A_reader_whose_first_silo_dies_before_it_has_said_a_position_begins_with_the_present_of_the_next()
    {
        var follow = Follow(FollowStart.Now, attempt => attempt == 1 ? Pages(new SiloUnavailableException()) : Pages(null, (null, 5)));

        Assert.Empty(await ReadAsync(follow));
        Assert.Equal([null, null], _asked.Select(static s => s.Position));
    }

    [Fact]
    public async Task A_reader_that_no_silo_serves_for_a_minute_gives_up_and_knows_where_it_was()
    {
        var follow = Follow(FollowStart.After(FakeScan.Key(7)), static _ => Pages(new SiloUnavailableException("Gone.")));

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => ReadAsync(follow));
        Assert.Equal("Gone.", failure.InnerException?.Message);
        Assert.Equal(FakeScan.Key(7), follow.Position);
        Assert.InRange(_asked.Count, 10, 70);
    }

    [Fact]
    public async Task That_a_silo_has_no_room_is_final_for_a_reader_that_begins_and_not_for_one_that_was_served()
    {
        await Assert.ThrowsAsync<TooManyFollowersException>(() => ReadAsync(Follow(FollowStart.Now, static _ => Pages(new TooManyFollowersException(4)))));
        _asked.Clear();

        var served = Follow(FollowStart.Now, static attempt => attempt switch
        {
            1 => Pages(new SiloUnavailableException(), (null, 2)),
            2 => Pages(new TooManyFollowersException(4)),
            _ => Pages(null, (3, 4)),
        });
        Assert.Equal([FakeScan.Key(4)], await ReadAsync(served));
    }

    [Fact]
    public async Task A_reader_that_stops_between_two_events_of_one_key_gets_both_again()
    {
        var page = FakeScan.PageOf([.. new[] { 1, 2, 2, 3 }.Select(static n => (FakeScan.Key(n), "x"u8.ToArray()))], [FakeScan.Key(2)], [], isLast: false);
        var follow = EventFollow.Of(new[] { new FollowPage(page, FakeScan.Key(9), FakeScan.Key(9), []) }.ToAsyncEnumerable(), FollowStart.Beginning);
        var positions = new List<EventKey?>();
        await foreach (var _ in follow)
        {
            positions.Add(follow.Position);
        }

        Assert.Equal([FakeScan.Key(1), FakeScan.Key(1), FakeScan.Key(2), FakeScan.Key(3)], positions);
        Assert.Equal(FakeScan.Key(9), follow.Position);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(follow));
    }

    [Fact]
    public async Task A_live_reader_is_given_each_event_once_through_the_silos_that_serve_it_one_after_the_other()
    {
        var follow = Follow(FollowStart.Now, static attempt => attempt == 1
            ? GivenOf(new SiloUnavailableException(), Ordered(0), Live(0, 5, 7), Ordered(3, 1, 2, 3), Live(3, 9))
            : GivenOf(null, Ordered(3), Live(3, 5, 8), Ordered(8, 4, 5, 7, 8), Live(8, 7, 9, 10), Ordered(20, 9, 10, 11)), FollowMode.Live);
        var (keys, positions) = (new List<EventKey>(), new List<EventKey?>());
        await foreach (var e in follow)
        {
            keys.Add(e.Key);
            positions.Add(follow.Position);
        }

        Assert.Equal([5, 7, 1, 2, 3, 9, 8, 4, 10, 11], keys.Select(static key => (int)(key.UnixMilliseconds - FakeScan.Day)));
        Assert.Equal([null, FakeScan.Key(3)], _asked.Select(static s => s.Position));

        // What is beyond the position was given live, and another reader would be given it again.
        Assert.Equal(Enumerable.Repeat(FakeScan.Key(0), 2), positions.Take(2).Select(static p => p!.Value));
        Assert.Equal(FakeScan.Key(20), follow.Position);
    }

    [Fact]
    public void Where_to_begin_can_be_said_by_a_key_a_time_or_a_position()
    {
        Assert.Null(FollowStart.Now.Position);
        Assert.Equal(default(EventKey), FollowStart.Beginning.Position);
        Assert.Equal(FollowStart.Beginning, FollowStart.From(default));
        Assert.Equal(FakeScan.Key(5), FollowStart.From(FakeScan.Key(5)).Position!.Value.GetSuccessor());
    }

    private static FollowPage Live(int position, params int[] offsets) => Ordered(position, offsets) with { IsLive = true };

    private static FollowPage Ordered(int position, params int[] offsets) => new(
        offsets.Length == 0 ? null : FakeScan.PageOf([.. offsets.Select(static n => (FakeScan.Key(n), "x"u8.ToArray()))], [], [], isLast: false),
        FakeScan.Key(position),
        FakeScan.Key(position),
        []);

    private static async IAsyncEnumerable<FollowPage> GivenOf(Exception? end, params FollowPage[] pages)
    {
        await Task.CompletedTask;
        foreach (var page in pages)
        {
            yield return page;
        }

        if (end is not null)
        {
            throw end;
        }
    }

    private EventFollow Follow(FollowStart start, Func<int, IAsyncEnumerable<FollowPage>> pages, FollowMode mode = FollowMode.Ordered) => new(
        GrainStub.Of<IGrainFactory>((_, _) => GrainStub.Of<IEventFollowGrain>((_, args) =>
        {
            _asked.Add((FollowStart)args[0]!);
            return pages(_asked.Count);
        })),
        start,
        mode,
        _time);

    // Each with one event, behind the first offset.
    private static async IAsyncEnumerable<FollowPage> Pages(Exception? end, params (int? After, int Position)[] pages)
    {
        await Task.CompletedTask;
        foreach (var (after, position) in pages)
        {
            var events = after is { } first ? FakeScan.PageOf([(FakeScan.Key(first + 1), "x"u8.ToArray())], [], [], isLast: false) : null;
            yield return new FollowPage(events, FakeScan.Key(position), FakeScan.Key(position), []);
        }

        if (end is not null)
        {
            throw end;
        }
    }

    private static async Task<List<EventKey>> ReadAsync(EventFollow follow)
    {
        var keys = new List<EventKey>();
        await foreach (var e in follow)
        {
            keys.Add(e.Key);
        }

        return keys;
    }
}
