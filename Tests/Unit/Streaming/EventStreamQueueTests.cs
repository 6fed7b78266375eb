using AllData.Errors;
using AllData.Events;
using AllData.Following;
using AllData.Reading;
using AllData.Simulation.Running;
using AllData.Streaming;
using AllData.Tests.Support;
using AllData.Tests.Unit.Following;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Streams;

namespace AllData.Tests.Unit.Streaming;

/// <summary>A queue as Orleans' agent uses it: it is polled, and its cursors are moved on.</summary>
public sealed class EventStreamQueueTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly SteppedTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(FakeScan.Day) + TimeSpan.FromHours(1));
    private readonly FakeFollowSource _source = new();
    private readonly MemoryConsumers _consumers;
    private readonly Silo _silo;

    public EventStreamQueueTests()
    {
        _consumers = new MemoryConsumers(_time);
        _silo = new Silo(this, "first");
    }

    [Fact]
    public async Task A_new_queue_begins_with_the_present_and_gives_nothing_before_that_is_kept()
    {
        _source.Safe = FakeScan.Key(7);
        foreach (var allowed in new[] { 0, 1 })
        {
            // First it cannot be taken, and then not kept.
            var changes = 0;
            _consumers.OnChange = () => _ = ++changes > allowed ? throw new RegistryUnavailableException("No.") : changes;
            await _silo.PollUntilAsync(() => changes > allowed + 3);
        }

        Assert.Equal(0, _silo.Told);

        _consumers.OnChange = static () => { };
        Assert.Equal(FakeScan.Key(7), (await _silo.ToldAsync()).Position);
        Assert.Equal(FakeScan.Key(7), _silo.Position.Value);
    }

    [Fact]
    public async Task A_subscription_is_given_what_comes_after_its_token_in_order_and_once()
    {
        _source.Events.AddMany(30);
        _source.Safe = FakeScan.Key(12);
        await _silo.ToldAsync();
        var cursor = _silo.Subscribe(FakeScan.Key(2));
        Assert.Equal(KeysOf(3, 12), await _silo.TakeAsync(cursor, FakeScan.Key(12)));
        Assert.Equal(1, _source.OwnScans);

        _source.Safe = FakeScan.Key(29);
        Assert.Equal(KeysOf(13, 29), await _silo.TakeAsync(cursor, FakeScan.Key(29)));
        Assert.Equal(1, _source.OwnScans);
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public async Task Subscriptions_are_told_once_that_there_is_something()
    {
        _source.Events.AddMany(30);
        _source.Safe = FakeScan.Key(12);
        await _silo.ToldAsync();
        _silo.Subscribe(FakeScan.Key(12));
        Assert.Empty(await _silo.PollAsync());

        _source.Safe = FakeScan.Key(14);
        await _silo.ToldAsync();
        Assert.Empty(await _silo.PollAsync());
    }

    [Fact]
    public async Task Events_that_a_subscriber_could_not_take_are_given_again()
    {
        _source.Events.AddMany(9);
        await _silo.ToldAsync();
        var cursor = _silo.Subscribe(FakeScan.Key(0));
        _source.Safe = FakeScan.Key(8);
        await _silo.UntilAsync(() => cursor.MoveNext());
        var failed = (EventDelivery)cursor.GetCurrent(out _);
        cursor.RecordDeliveryFailure();

        Assert.Equal(KeysOf(1, 8), await _silo.TakeAsync(cursor, FakeScan.Key(8)));
        Assert.Equal(FakeScan.Key(1), failed.GetEvents<ScannedEvent>().First().Item1.Key);
    }

    // Orleans does so where a subscriber answers a delivery with another token.
    [Fact]
    public async Task A_cursor_that_is_moved_on_before_it_was_looked_at_loses_nothing()
    {
        _source.Events.AddMany(9);
        _source.Safe = FakeScan.Key(8);
        await _silo.ToldAsync();
        var cursor = _silo.Subscribe(FakeScan.Key(2));
        await _silo.UntilAsync(() => cursor.MoveNext());
        cursor.MoveNext();

        Assert.Equal(KeysOf(3, 8), await _silo.TakeAsync(cursor, FakeScan.Key(8)));
    }

    [Fact]
    public async Task The_silo_that_takes_over_reads_what_came_meanwhile_once_for_all_subscriptions()
    {
        _source.Events.AddMany(40);
        _source.Safe = FakeScan.Key(3);
        await _silo.ToldAsync();
        _source.Safe = FakeScan.Key(30);
        var next = new Silo(this, "next");
        Assert.Equal(FakeScan.Key(3), (await next.ToldAsync()).Position);
        var cursors = Enumerable.Range(0, 10).Select(n => next.Subscribe(FakeScan.Key(3 + (n % 3)))).ToArray();

        for (var n = 0; n < cursors.Length; n++)
        {
            Assert.Equal(KeysOf(4 + (n % 3), 30), await next.TakeAsync(cursors[n], FakeScan.Key(30)));
        }

        Assert.Equal(0, _source.OwnScans);
    }

    [Fact]
    public async Task The_position_is_that_of_the_subscription_which_is_furthest_behind()
    {
        _source.Events.AddMany(30);
        await _silo.ToldAsync();
        var (fast, slow) = (_silo.Subscribe(FakeScan.Key(0)), _silo.Subscribe(FakeScan.Key(0)));
        _source.Safe = FakeScan.Key(20);
        await _silo.TakeAsync(fast, FakeScan.Key(20));
        _time.Advance(TimeSpan.FromMinutes(1));
        await _silo.PollAsync();
        Assert.Equal(FakeScan.Key(0), _silo.Position.Value);

        await _silo.TakeAsync(slow, FakeScan.Key(20));
        await _silo.PollUntilAsync(() => _silo.Position.Value == FakeScan.Key(20));
    }

    [Fact]
    public async Task Without_subscriptions_the_position_follows_one_telling_behind()
    {
        await _silo.ToldAsync();
        _source.Safe = FakeScan.Key(10);
        Assert.Equal(FakeScan.Key(0), (await _silo.ToldAsync()).Position);
        await _silo.PollUntilAsync(() => _silo.Position.Value == FakeScan.Key(10));
    }

    [Fact]
    public async Task The_stream_of_a_topic_has_its_events_alone()
    {
        var topic = Topic.Parse("orders");
        _source.Events.AddMany(30).TopicOf = static key => key.UnixMilliseconds % 5 == 0 ? Topic.Parse("orders") : null;
        var silo = new Silo(this, "topic", topic);
        Assert.Equal(AllDataStreams.EventsOf(topic), (await silo.ToldAsync()).StreamId);
        var cursor = silo.Subscribe(FakeScan.Key(0));
        _source.Safe = FakeScan.Key(29);

        Assert.Equal([.. KeysOf(1, 29).Where(static key => key.UnixMilliseconds % 5 == 0)], await silo.TakeAsync(cursor, FakeScan.Key(25)));
    }

    [Fact]
    public async Task A_silo_whose_position_another_one_took_gives_nothing_more_for_a_while()
    {
        _source.Events.AddMany(30);
        await _silo.ToldAsync();
        var cursor = _silo.Subscribe(FakeScan.Key(0));
        var next = new Silo(this, "next");
        await next.ToldAsync();
        _source.Safe = FakeScan.Key(20);
        await _silo.TakeAsync(cursor, FakeScan.Key(20));
        _time.Advance(QueuePosition.Period);

        await _silo.PollUntilAsync(() => _silo.Position.Value is null);
        Assert.Empty(await _silo.PollAsync());
        Assert.Equal("next", (await _consumers.FindAsync(QueuePosition.ConsumerOf("Store", null), default))!.Holder);
    }

    [Fact]
    public async Task A_subscription_that_is_behind_waits_while_too_many_scans_run_and_stops_before_a_doubt()
    {
        _source.Events.AddMany(10);
        _source.Safe = FakeScan.Key(8);
        await _silo.ToldAsync();
        _source.OwnFails = new TooManyScansException(8);
        var cursor = _silo.Subscribe(FakeScan.Key(0));
        await _silo.UntilAsync(() => _source.OwnScans > 1 | cursor.MoveNext());
        _source.OwnFails = null;
        _source.Doubts = [FakeScan.Doubt("west-c") with { From = FakeScan.Key(5) }];
        Assert.Equal(KeysOf(1, 4), await _silo.TakeAsync(cursor, FakeScan.Key(4)));

        _source.Doubts = [];
        Assert.Equal(KeysOf(5, 8), await _silo.TakeAsync(cursor, FakeScan.Key(8)));
    }

    // As the agent does: it says what was taken, ends the subscriptions, and then the queue.
    [Fact]
    public async Task What_was_given_is_kept_when_the_silo_gives_the_queue_away()
    {
        _source.Events.AddMany(10);
        await _silo.ToldAsync();
        var cursor = _silo.Subscribe(FakeScan.Key(0));
        _source.Safe = FakeScan.Key(8);
        await _silo.UntilAsync(() => cursor.MoveNext());
        var given = cursor.GetCurrent(out _).SequenceToken;
        _silo.Queue.UpdateDeliveryProgress(given, default);
        cursor.Dispose();
        await _silo.Queue.Shutdown(Bound);

        Assert.NotEqual(FakeScan.Key(0), _silo.Position.Value);
        Assert.Equal(given, new EventPositionToken(_silo.Position.Value!.Value));
        Assert.Empty(await _silo.PollAsync());
    }

    [Fact]
    public async Task Subscriptions_that_are_behind_near_each_other_read_together()
    {
        _source.Events.AddMany(40);
        _source.Safe = FakeScan.Key(30);
        await _silo.ToldAsync();
        var cursors = Enumerable.Range(0, 10).Select(_ => _silo.Subscribe(default)).ToArray();
        Array.ForEach(cursors, static cursor => cursor.MoveNext());

        foreach (var cursor in cursors)
        {
            Assert.Equal(KeysOf(0, 30), await _silo.TakeAsync(cursor, FakeScan.Key(30)));
        }

        Assert.Equal(1, _source.OwnScans);
    }

    [Fact]
    public async Task A_subscription_that_begins_in_the_future_does_not_take_the_position_there()
    {
        _source.Events.AddMany(30);
        await _silo.ToldAsync();
        _silo.Subscribe(EventKey.MaxValue);
        _source.Safe = FakeScan.Key(20);

        await _silo.PollUntilAsync(() => _silo.Position.Value == FakeScan.Key(20));
    }

    // Orleans holds a cursor while it looks for subscriptions.
    [Fact]
    public async Task The_position_does_not_pass_subscriptions_that_could_not_be_looked_for()
    {
        await _silo.ToldAsync();
        _source.Safe = FakeScan.Key(10);
        await _silo.ToldAsync();
        _source.Safe = FakeScan.Key(20);
        var told = await _silo.ToldAsync();
        _silo.Subscribe(told.Position).Dispose();

        Assert.Equal(told.Position, (await _silo.ToldAsync()).Position);
    }

    [Fact]
    public async Task Subscriptions_to_a_topic_at_rest_are_told_to_go_on_when_the_feed_waits_for_them()
    {
        _source.Events.AddMany(300);
        var silo = new Silo(this, "topic", Topic.Parse("orders"), keptBytes: 300);
        await silo.ToldAsync();
        var cursor = silo.Subscribe(FakeScan.Key(0));
        Assert.False(cursor.MoveNext());
        _source.Safe = FakeScan.Key(299);
        await silo.UntilAsync(() => silo.Feed.IsWaitingForReaders);
        await silo.PollAsync();

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEmpty(await silo.PollAsync());
        Assert.Empty(await silo.PollAsync());
    }

    private static List<EventKey> KeysOf(int first, int last) => [.. Enumerable.Range(first, last - first + 1).Select(static n => FakeScan.Key(n))];

    /// <summary>A silo that has the queue.</summary>
    private sealed class Silo
    {
        private readonly EventStreamQueueTests _test;

        public Silo(EventStreamQueueTests test, string name, Topic? topic = null, long keptBytes = 32 << 20)
        {
            _test = test;
            Feed = new FollowFeed(
                test._source, new FollowInstruments(Meters.Unheard, test._time), test._time, TaskScheduler.Default, NullLogger<FollowFeed>.Instance,
                keptBytes: keptBytes);
            Position = new QueuePosition(
                test._consumers, QueuePosition.ConsumerOf("Store", topic), name, test._time, NullLogger<QueuePosition>.Instance);
            Queue = new EventStreamQueue(AllDataStreams.Of(topic), topic, Feed, test._source, Position, test._time);
        }

        public FollowFeed Feed { get; }

        public QueuePosition Position { get; }

        public EventStreamQueue Queue { get; }

        public EventStreamCursor Subscribe(EventKey after) =>
            (EventStreamCursor)Queue.GetCacheCursor(Queue.Stream, new EventPositionToken(after));

        /// <summary>How often subscriptions were told.</summary>
        public int Told { get; private set; }

        public async Task<IList<IBatchContainer>> PollAsync()
        {
            _test._time.Advance(FollowFeed.Period);
            var told = await Queue.GetQueueMessagesAsync(1);
            Told += told.Count;
            return told;
        }

        /// <summary>Polls until subscriptions are told that there may be something.</summary>
        public async Task<EventDelivery> ToldAsync() =>
            (EventDelivery)(await Eventually.IsAsync("subscriptions are told", PollAsync, static told => told.Count > 0, Bound))[0];

        public Task PollUntilAsync(Func<bool> condition) => Eventually.IsAsync("polling", async () =>
        {
            await PollAsync();
            return condition();
        }, static isSo => isSo, Bound);

        public Task UntilAsync(Func<bool> condition) => Eventually.IsAsync("it goes on", () =>
        {
            _test._time.Advance(FollowFeed.Period);
            return condition();
        }, static isSo => isSo, Bound);

        /// <summary>Takes deliveries until the one with an event.</summary>
        public async Task<List<EventKey>> TakeAsync(EventStreamCursor cursor, EventKey last)
        {
            var keys = new List<EventKey>();
            await UntilAsync(() =>
            {
                while (cursor.MoveNext())
                {
                    keys.AddRange(cursor.GetCurrent(out _).GetEvents<ScannedEvent>().Select(static e => e.Item1.Key));
                }

                return keys.Contains(last);
            });
            return keys;
        }
    }
}
