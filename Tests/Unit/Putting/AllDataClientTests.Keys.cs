using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Putting;

// Given keys, what callers learn when the client is closed, and what happens before Orleans is connected.
public sealed partial class AllDataClientTests
{
    [Fact]
    public async Task Events_under_given_keys_keep_them_and_travel_apart_from_the_others()
    {
        await using var client = Client();
        var keys = Enumerable.Range(0, 300).Select(static i => EventKey.Create(1_600_000_000_000, 77, EventKey.FirstReservedSequence + i)).ToList();
        var many = client.PutManyAsync([.. keys.Take(200).Select(static (key, i) => KeyValuePair.Create(key, Event($"e{i}")))]);
        var fresh = Texts(200).Select(text => client.PutAsync(Event("fresh " + text))).ToList();
        var single = keys.Skip(200).Select((key, i) => client.PutAsync(key, Event($"e{200 + i}"))).ToList();
        var results = await many.Soon();
        var receipts = (await Task.WhenAll(single).Soon()).Concat(results.Select(static result => result.Receipt!)).ToList();
        await Task.WhenAll(fresh).Soon();
        Assert.Equal(keys, receipts.Select(static receipt => receipt.Key).Order());
        Assert.Equal(Texts(300), keys.Select(key => _store.Events[key].ToString()));
        Assert.Equal(500, _store.Events.Count);
    }

    [Fact]
    public async Task A_put_under_a_given_key_that_fails_names_it_even_when_it_never_left()
    {
        await using var client = Client(new AllDataClientOptions { MaxBatchBytes = 1_000 });
        var key = EventKey.Create(1_600_000_000_000, 77, EventKey.FirstReservedSequence);
        var error = await Assert.ThrowsAsync<EventTooLargeException>(() => client.PutAsync(key, Event(new string('x', 2_000))));
        Assert.Equal(key, error.Key);
        var results = await client.PutManyAsync([KeyValuePair.Create(key, Event(new string('x', 2_000)))]).Soon();
        Assert.Equal(key, results[0].Error!.Key);
    }

    [Fact]
    public async Task Keys_that_no_event_needed_are_given_back_soon_and_when_the_client_is_closed()
    {
        var time = new FakeTimeProvider();
        var store = new FakeGateways("north/a");
        var client = new AllDataClient(store.Grains, new AllDataClientOptions(), time, new Random(1));
        await client.PutAsync(Event("one")).Soon();
        await Eventually.IsAsync(
            "the rest of the first keys is given back",
            () => (Kept: store.All[0].Issued.Except(store.Events.Keys).Except(store.All[0].Released).Count(), Released: store.All[0].Released.Count),
            seen =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return seen is (0, > 0);
            });

        await client.PutAsync(Event("two")).Soon();
        await client.DisposeAsync();
        Assert.Equal(store.All[0].Issued.Except(store.Events.Keys).Order(), store.All[0].Released.Order());
    }

    [Fact]
    public async Task Gateways_are_found_without_taking_keys_from_them()
    {
        var store = new FakeGateways("north/a", "north/b", "north/c");
        var allTake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var gateway in store.All)
        {
            gateway.OnPutMany = async batch =>
            {
                if (store.All.All(static one => !one.Batches.IsEmpty))
                {
                    allTake.TrySetResult();
                }

                await allTake.Task;
                return gateway.StoreAll(batch);
            };
        }

        // Events that request different things travel apart: more batches than one gateway takes at once.
        var client = new AllDataClient(store.Grains, new AllDataClientOptions(), TimeProvider.System, new Random(1));
        await Task.WhenAll(Enumerable.Range(1, 9).Select(zones => client.PutAsync(Event($"{zones}"), new PutOptions { MinZones = zones }))).Soon();
        await client.DisposeAsync();
        Assert.Equal(store.All.SelectMany(static g => g.Issued).Except(store.Events.Keys).Order(), store.All.SelectMany(static g => g.Released).Order());
    }

    [Fact]
    public async Task Closing_answers_every_put_within_its_bound_each_with_what_is_known()
    {
        var time = new FakeTimeProvider();
        var store = new FakeGateways("north/a");
        Hold(store.All[0]);
        var options = new AllDataClientOptions { MaxBatchEvents = 10, BatchesInFlight = 1, MaxBatchBytes = 3_000, MaxWaitingBytes = 6_000 };
        var client = new AllDataClient(store.Grains, options, time, new Random(1));
        var many = client.PutManyAsync([.. Texts(100).Select(Event)]);
        await LeftAsync(store.All);
        var one = client.PutAsync(Event("last"));
        await client.CloseAsync(TimeSpan.Zero).Soon();
        var results = await many.Soon();
        var left = store.All[0].Batches.SelectMany(FakeGateway.Read).Select(static e => e.Key).ToHashSet();

        // One batch by way of any coordinator, and one more if the gateway is found at that moment.
        Assert.InRange(left.Count, 1, 20);
        Assert.Equal(left, results.Where(static r => r.Error!.Written == WrittenState.Unknown).Select(static r => r.Error!.Key!.Value).ToHashSet());
        Assert.Equal(100 - left.Count, results.Count(static r => r.Error!.Written == WrittenState.Nothing));
        Assert.Equal(WrittenState.Nothing, (await Assert.ThrowsAsync<OverloadedException>(() => one)).Written);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.PutAsync(Event("late")));
    }

    [Fact]
    public async Task Closing_waits_for_puts_that_are_answered_within_its_bound()
    {
        var store = new FakeGateways("north/a");
        var answer = Hold(store.All[0]);
        var client = new AllDataClient(store.Grains);
        var put = client.PutAsync(Event("in time"));
        await LeftAsync(store.All);
        var closing = client.CloseAsync(TimeSpan.FromHours(1));
        answer.SetResult();
        await closing.Soon();
        Assert.Equal(PutOutcome.Stored, (await put).Outcome);
    }

    [Fact]
    public async Task Puts_made_before_Orleans_is_connected_wait_until_it_is()
    {
        var time = new FakeTimeProvider();
        var isConnected = false;
        var grains = GrainStub.Of<IGrainFactory>((method, args) => isConnected
            ? method.Invoke(_store.Grains, args)
            : throw new ArgumentException("Could not find an implementation for interface AllData.IPutCoordinatorGrain"));
        await using var client = new AllDataClient(grains, new AllDataClientOptions(), time, new Random(1));
        var put = client.PutAsync(Event("early"));
        Assert.False(await MoveAsync(time, put, steps: 100));
        isConnected = true;
        await MoveUntilAsync(time, put);
        Assert.Equal("early", _store.Events[(await put).Key].ToString());
    }

    [Fact]
    public async Task A_cluster_that_is_never_reached_fails_the_put_as_not_written()
    {
        var time = new FakeTimeProvider();
        var grains = GrainStub.Of<IGrainFactory>(static (_, _) => throw new ArgumentException("Could not find an implementation"));
        await using var client = new AllDataClient(grains, new AllDataClientOptions(), time, new Random(1));
        var put = client.PutAsync(Event("early"));
        await MoveUntilAsync(time, put);
        Assert.Contains("not connected", (await Assert.ThrowsAsync<OverloadedException>(() => put)).Message, StringComparison.Ordinal);
    }
}
