using AllData.Batching;
using AllData.Batching.Gateways;
using AllData.Batching.Queueing;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

/// <summary>A client keeps events with topics away from silos of an earlier version, which would store them without.</summary>
public sealed class EarlierGatewayTests
{
    private static readonly PutOptions Orders = new() { Topic = Topic.Parse("orders") };

    private readonly FakeGateways _store = new("north/a", "north/b", "north/c");

    [Fact]
    public async Task Events_with_a_topic_go_through_the_gateways_that_know_topics_and_others_through_all()
    {
        // Most are: of two that refuse at once, one is always free, and not the one that has refused last.
        FakeGateway[] earlier = [_store.All[0], _store.All[2]];
        Array.ForEach(earlier, static gateway => gateway.TakesTopics = false);
        await using var client = new AllDataClient(_store.Grains);
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(i => client.PutAsync(EventPayload.FromText($"r{round}e{i}"), i % 2 == 0 ? Orders : null))).Soon();
        }

        Assert.All(earlier.SelectMany(static gateway => gateway.Options), static options => Assert.Null(options?.Topic));
        Assert.Equal(1_000, _store.Events.Count);
    }

    [Fact]
    public async Task An_event_with_a_topic_that_no_gateway_takes_fails_says_why_and_leaves_nothing()
    {
        _store.All.ToList().ForEach(static gateway => gateway.TakesTopics = false);
        await using var client = new AllDataClient(_store.Grains,
            new AllDataClientOptions { CallTimeout = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(5) });
        var error = await Assert.ThrowsAsync<TopicsNotSupportedException>(() => client.PutAsync(EventPayload.FromText("a"), Orders)).Soon();
        Assert.Equal(WrittenState.Nothing, error.Written);
        await client.PutAsync(EventPayload.FromText("b")).Soon();
        Assert.Equal(["b"], _store.Texts);
    }

    [Fact]
    public async Task An_entry_learns_its_gateway_although_that_refuses_what_comes()
    {
        _store.All.ToList().ForEach(static gateway => gateway.TakesTopics = false);
        var first = new Gateway(new GatewayDiscovery(_store.Grains, TimeProvider.System).NextCoordinator(), ordinal: null);
        var table = new GatewayTable(first, own: null, batchesInFlight: 1);
        var caller = new GatewayCaller(new Lock(), table, new AllDataClientOptions(), new ClientClock(TimeProvider.System), _store.Grains.GetKnownStore());

        await Assert.ThrowsAsync<TopicsNotSupportedException>(() => caller.PutAsync(first, new PutBatch(Orders, TimeSpan.Zero, 1)).Soon());
        Assert.Equal([1], table.Ordinals);
    }

    [Fact]
    public async Task Gateways_that_are_known_are_asked_again_for_what_they_take()
    {
        _store.All[1].TakesTopics = false;
        var found = await new GatewayDiscovery(_store.Grains, TimeProvider.System).RunAsync([1, 2, 3]).Soon();

        Assert.Equal([(1, true), (2, false), (3, true)], found.Gateways.Select(static g => (g.Ordinal!.Value, g.TakesTopics)).Order());
    }

    [Fact]
    public async Task A_gateway_that_was_updated_takes_events_with_topics()
    {
        _store.All.ToList().ForEach(static gateway => gateway.TakesTopics = false);
        await using var client = new AllDataClient(_store.Grains);
        await client.PutAsync(EventPayload.FromText("a")).Soon();
        var waiting = client.PutAsync(EventPayload.FromText("b"), Orders);
        _store.All.ToList().ForEach(static gateway => gateway.TakesTopics = true);
        await waiting.Soon();
        Assert.Equal(["a", "b"], _store.Texts.Order());
    }
}
