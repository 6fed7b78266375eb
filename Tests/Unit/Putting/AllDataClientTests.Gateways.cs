using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Puts;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Putting;

// Which gateways get the events.
public sealed partial class AllDataClientTests
{
    [Theory]
    [InlineData("north", "b", "north/b")]
    [InlineData("west", "z", "west/c")]
    [InlineData("north", "z", "north/a,north/b")]
    [InlineData("south", "a", "north/a,north/b,west/c")]
    public async Task The_nearest_gateways_get_the_events(string region, string zone, string expected)
    {
        await using var client = Client(new AllDataClientOptions { Location = new PeerLocation(region, zone) });
        await Eventually.IsAsync(
            "exactly the nearest are used",
            async () => string.Join(',', (await UsedByAsync(client, 200)).Select(static gateway => gateway.Location.ToString())),
            used => used == expected);
        for (var round = 0; round < 10; round++)
        {
            Assert.All(await UsedByAsync(client, 60), gateway => Assert.Contains(gateway.Location.ToString(), expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Without_the_registry_there_is_no_preference_and_puts_go_on()
    {
        _store.OnGetTopology = () => Task.FromException<TopologySnapshot>(new RegistryUnavailableException("Away."));
        await using var client = Client(new AllDataClientOptions { Location = new PeerLocation("north", "b") });
        await SpreadsAsync(client, 3);
    }

    [Fact]
    public async Task When_the_own_zones_gateway_fails_its_neighbours_take_the_events_and_the_keys()
    {
        await using var client = Client(new AllDataClientOptions { Location = new PeerLocation("north", "b") });
        await Eventually.IsAsync("only the own zone is used", () => UsedByAsync(client, 50), static used => used is [{ Ordinal: 2 }]);
        _store.All[1].OnPutMany = _ => Task.FromException<PutResults>(new TimeoutException("Lost."));
        _store.All[1].OnReserve = _ => Task.FromException<ImmutableArray<EventKey>>(new TimeoutException("Lost."));
        Assert.Equal(["north/a"], (await UsedByAsync(client, 50)).Where(static one => one.Ordinal != 2).Select(static one => one.Location.ToString()));
    }

    [Fact]
    public async Task A_lane_that_comes_to_another_gateway_takes_that_ones_keys_and_the_dead_one_gets_nothing()
    {
        var time = new FakeTimeProvider();
        await using var client = await WarmAsync(time);
        _store.Kill(_store.All[0]);
        time.Advance(TimeSpan.FromSeconds(2));
        var dead = _store.All[0].Batches.Count;
        var receipts = await Task.WhenAll(Texts(200).Select(text => client.PutAsync(Event(text)))).Soon();
        Assert.Equal(dead, _store.All[0].Batches.Count);
        Assert.All(receipts.Select(static receipt => receipt.Key.Ordinal), static ordinal => Assert.InRange(ordinal, 2, 3));
    }

    [Fact]
    public async Task A_batch_whose_gateway_is_gone_goes_through_another_one_long_before_its_call_times_out()
    {
        var time = new FakeTimeProvider();
        await using var client = Client(new AllDataClientOptions { CallTimeout = TimeSpan.FromMinutes(30), Timeout = TimeSpan.FromHours(1) }, time);
        await SpreadsAsync(client, _store.All.Count);
        _store.All.ToList().ForEach(gateway => Hold(gateway));
        var put = client.PutAsync(Event("held"));
        var holder = await Eventually.IsAsync("it leaves", () => _store.All.FirstOrDefault(static one => one.Holds("held")), static one => one is not null);
        foreach (var other in _store.All.Where(other => other != holder))
        {
            other.OnPutMany = batch => Task.FromResult(other.StoreAll(batch));
        }

        _store.Kill(holder!);
        var before = time.GetUtcNow();
        await MoveUntilAsync(time, put);
        Assert.Equal(holder!.Ordinal, (await put).Key.Ordinal);
        Assert.True(time.GetUtcNow() - before < TimeSpan.FromMinutes(15), $"It took {time.GetUtcNow() - before}.");
    }

    [Fact]
    public async Task Keys_that_have_grown_old_are_not_used()
    {
        var time = new FakeTimeProvider();
        await using var client = await WarmAsync(time);
        var former = _store.Events.Keys.GroupBy(static key => key.Ordinal).ToDictionary(static group => group.Key, static group => group.Max());
        time.Advance(TimeSpan.FromSeconds(2));
        var receipt = await client.PutAsync(Event("later")).Soon();
        Assert.True(receipt.Key.Sequence > former[receipt.Key.Ordinal].Sequence + 1, "It took the next key of the ones that were ready two seconds before.");
    }
}
