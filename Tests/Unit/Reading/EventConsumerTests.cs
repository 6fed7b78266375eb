using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;
using AllData.Tests.Unit.Client;

namespace AllData.Tests.Unit.Reading;

/// <summary>A reader whose position the cluster keeps.</summary>
public sealed class EventConsumerTests
{
    private static readonly ConsumerName Name = ConsumerName.Parse("billing");

    private readonly EagerTime _time = new();
    private readonly FakeEventStore _store = new();
    private readonly MemoryConsumers _positions;
    private readonly List<FollowStart> _asked = [];
    private readonly List<FollowPage> _pages = [];

    public EventConsumerTests()
    {
        _positions = new MemoryConsumers(_time);
        _store.OnFollow = start =>
        {
            _asked.Add(start);
            return _pages.ToArray().ToAsyncEnumerable();
        };
    }

    [Fact]
    public void It_is_given_every_event_and_no_topic_alone() =>
        Assert.Throws<ArgumentException>(() => Consumer(FollowStart.Beginning with { Topic = Topic.Parse("orders") }));

    [Fact]
    public async Task It_goes_on_after_what_was_acknowledged_and_gives_the_rest_again()
    {
        Give(5, 1, 3);
        Give(9, 7);
        using (var first = Consumer(FollowStart.Beginning))
        {
            var pages = first.ReadPagesAsync().GetAsyncEnumerator();
            await pages.MoveNextAsync();
            await first.AcknowledgeAsync(pages.Current.Position!.Value);
            await pages.MoveNextAsync();
        }

        using var second = Consumer(FollowStart.Beginning);
        await second.ReadPagesAsync().FirstAsync();

        Assert.Equal([FollowStart.Beginning, FollowStart.After(FakeScan.Key(5))], _asked);
        Assert.Equal([FakeScan.Key(5)], _positions.Written);
    }

    [Fact]
    public async Task Events_one_by_one_are_acknowledged_as_far_as_they_were_given()
    {
        Give(9, 1, 3, 7);
        using var consumer = Consumer(FollowStart.Beginning);
        var given = new List<EventKey>();
        await foreach (var e in consumer)
        {
            given.Add(e.Key);
            await consumer.AcknowledgeAsync();
        }

        Assert.Equal([FakeScan.Key(1), FakeScan.Key(3), FakeScan.Key(7)], given);
        Assert.Equal(given, _positions.Written);
    }

    [Fact]
    public async Task A_holder_from_which_another_took_the_consumer_is_told_so_when_it_acknowledges()
    {
        Give(5, 1);
        using var first = Consumer(FollowStart.Beginning);
        await first.ReadPagesAsync().FirstAsync();
        using var second = Consumer(FollowStart.Beginning, "second");
        await second.ReadPagesAsync().FirstAsync();

        var refusal = await Assert.ThrowsAsync<ConsumerMovedException>(() => first.AcknowledgeAsync(FakeScan.Key(5)));

        Assert.Equal(("second", default(EventKey)), (refusal.Holder, refusal.Position!.Value));
        await second.AcknowledgeAsync(FakeScan.Key(5));
        Assert.Equal([FakeScan.Key(5)], _positions.Written);
    }

    [Fact]
    public async Task One_that_begins_with_the_present_keeps_it_before_it_gives_an_event()
    {
        Give(5);
        using var consumer = Consumer(FollowStart.Now);
        await consumer.ReadPagesAsync().FirstAsync();

        Assert.Equal([FollowStart.Now, FollowStart.After(FakeScan.Key(5))], _asked);
        Assert.Equal([FakeScan.Key(5)], _positions.Written);
    }

    [Fact]
    public async Task What_was_not_given_cannot_be_acknowledged_and_what_was_acknowledged_is_not_taken_back()
    {
        Give(5, 1, 3);
        using var consumer = Consumer(FollowStart.Beginning);
        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.AcknowledgeAsync(FakeScan.Key(1)));
        await consumer.ReadPagesAsync().FirstAsync();

        var refusal = await Assert.ThrowsAsync<InvalidPositionException>(() => consumer.AcknowledgeAsync(FakeScan.Key(6)));
        Assert.Contains("was not given", refusal.Message, StringComparison.Ordinal);
        await consumer.AcknowledgeAsync(FakeScan.Key(3));
        await consumer.AcknowledgeAsync(FakeScan.Key(1));
        Assert.Equal([FakeScan.Key(3)], _positions.Written);
    }

    [Fact]
    public async Task A_store_at_rest_is_not_written_to_every_second()
    {
        Give(5, 5);
        Enumerable.Range(6, 30).ToList().ForEach(n => Give(n));
        using var consumer = Consumer(FollowStart.Beginning);
        await foreach (var page in consumer.ReadPagesAsync())
        {
            await consumer.AcknowledgeAsync(page.Position!.Value);
        }

        Assert.Equal([FakeScan.Key(5)], _positions.Written);
    }

    [Fact]
    public async Task A_position_that_cannot_be_kept_is_tried_again_for_a_while()
    {
        Give(5, 1);
        using var consumer = Consumer(FollowStart.Beginning);
        await consumer.ReadPagesAsync().FirstAsync();
        var failures = 3;
        _positions.OnChange = () => _ = failures-- > 0 ? throw new RegistryUnavailableException("away") : 0;
        await consumer.AcknowledgeAsync();
        Assert.Equal([FakeScan.Key(5)], _positions.Written);

        _positions.OnChange = static () => throw new TimeoutException("away");
        Give(9, 7);
        _time.TakesTime = true;
        using var another = Consumer(FollowStart.Beginning);
        await Assert.ThrowsAsync<TimeoutException>(async () => await another.ReadPagesAsync().FirstAsync());
    }

    [Fact]
    public async Task It_is_enumerated_once()
    {
        Give(5, 1);
        using var consumer = Consumer(FollowStart.Beginning);
        await consumer.ReadPagesAsync().FirstAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.FirstAsync());
    }

    private EventConsumer Consumer(FollowStart start, string holder = "first") => new(_store, _positions, Name, start, _time) { Holder = holder };

    private void Give(int position, params int[] offsets) => _pages.Add(new FollowPage(
        offsets.Length == 0 ? null : FakeScan.PageOf([.. offsets.Select(static n => (FakeScan.Key(n), "{}"u8.ToArray()))], [], [], isLast: false),
        FakeScan.Key(position), FakeScan.Key(position), []));
}
