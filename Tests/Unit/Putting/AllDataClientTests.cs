using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Putting;

/// <summary>What callers of the batching client get.</summary>
public sealed partial class AllDataClientTests
{
    private readonly FakeGateways _store = new("north/a", "north/b", "west/c");
    private int _warm;

    [Fact]
    public async Task Every_put_gets_the_receipt_of_its_own_event_and_all_gateways_share_the_work()
    {
        await using var client = Client();
        var events = Texts(2_000);
        var receipts = await Task.WhenAll(events.Select(text => client.PutAsync(Event(text)))).Soon();
        Assert.Equal(events, receipts.Select(receipt => _store.Events[receipt.Key].ToString()));
        Assert.Equal(2_000, _store.Events.Count);
        await SpreadsAsync(client, _store.All.Count);
    }

    [Fact]
    public async Task What_comes_while_the_calls_are_in_flight_travels_together()
    {
        var store = new FakeGateways("north/a");
        var answer = Hold(store.All[0]);
        await using var client = new AllDataClient(store.Grains, new AllDataClientOptions { BatchesInFlight = 1, MaxBatchEvents = 100 });
        var first = client.PutAsync(Event("first"));
        await Eventually.IsAsync("the first leaves alone", () => store.All[0].Batches.Count, static count => count == 1);
        var others = Texts(250).Select(text => client.PutAsync(Event(text))).ToList();
        answer.SetResult();
        await Task.WhenAll(others.Append(first)).Soon();
        Assert.Equal([1, 100, 100, 50], store.All[0].Batches.Select(static batch => batch.Count));
        Assert.Equal(Texts(250).Prepend("first"), store.All[0].Batches.SelectMany(FakeGateway.Read).Select(static e => e.Payload.ToString()));
    }

    [Fact]
    public async Task An_event_goes_under_the_same_key_through_another_gateway_when_one_does_not_answer()
    {
        var time = new FakeTimeProvider();
        await using var client = await WarmAsync(time);
        var hung = _store.All[0];
        Hold(hung);
        var puts = Texts(30).Select(text => client.PutAsync(Event(text))).ToList();
        await MoveUntilAsync(time, Task.WhenAll(puts));
        Assert.Equal(Texts(30).Order(), _store.Texts.Where(static text => text.StartsWith('e')).Order());
        var sent = _store.All.SelectMany(one => one.Batches.SelectMany(FakeGateway.Read)).ToList();
        Assert.All(sent.GroupBy(static e => e.Payload), static group => Assert.Single(group.Select(static e => e.Key).Distinct()));
    }

    [Fact]
    public async Task A_put_whose_answer_was_lost_is_found_again_and_not_stored_twice()
    {
        var calls = 0;
        foreach (var gateway in _store.All)
        {
            gateway.OnPutMany = batch =>
            {
                var stored = gateway.StoreAll(batch);
                return Interlocked.Increment(ref calls) == 1 ? Task.FromException<PutResults>(new TimeoutException("Lost.")) : Task.FromResult(stored);
            };
        }

        await using var client = Client();
        var receipt = await client.PutAsync(Event("once")).Soon();
        Assert.Equal(PutOutcome.AlreadyStored, receipt.Outcome);
        Assert.Equal(["once"], _store.Texts);
    }

    [Fact]
    public async Task Final_errors_reach_only_the_callers_concerned_and_the_others_are_sent_again()
    {
        var store = new FakeGateways("north/a");
        var gateway = store.All[0];
        var calls = 0;
        gateway.OnPutMany = batch => Task.FromResult(calls++ > 0 ? gateway.StoreAll(batch) : PackedResults.Of(FakeGateway.Read(batch).Select(FirstAnswer)));
        await using var client = new AllDataClient(store.Grains);
        var results = await client.PutManyAsync([Event("good"), Event("bad"), Event("again")]).Soon();
        Assert.IsType<NotEnoughPeersException>(results[1].Error);
        Assert.NotNull(results[1].Error!.Key);
        Assert.Equal(2, gateway.Batches.Count);
        Assert.Equal("again", FakeGateway.Read(gateway.Batches.Last()).Single().Payload.ToString());
        Assert.Equal(results[2].Receipt!.Key, FakeGateway.Read(gateway.Batches.First())[2].Key);

        PutResult FirstAnswer((EventKey Key, EventPayload Payload) e) => e.Payload.ToString() switch
        {
            "bad" => new PutResult(null, new NotEnoughPeersException("Few.", 3, 1, e.Key)),
            "again" => new PutResult(null, new PutOutcomeUnknownException("Late.", [], [], e.Key)),
            _ => new PutResult(new PutReceipt(e.Key, PutOutcome.Stored, [], CommitLevel.Quorum, Adherence.Strict), null),
        };
    }

    [Fact]
    public async Task A_put_that_left_and_was_never_answered_fails_as_unknown_with_its_key_when_its_time_is_over()
    {
        var time = new FakeTimeProvider();
        await using var client = Client(time: time);
        _store.All.ToList().ForEach(gateway => Hold(gateway));
        var put = client.PutAsync(Event("lost"));
        await LeftAsync(_store.All);
        await MoveUntilAsync(time, put);
        var error = await Assert.ThrowsAsync<PutOutcomeUnknownException>(() => put);
        Assert.Equal(_store.All.SelectMany(one => one.Batches.SelectMany(FakeGateway.Read)).Select(static e => (EventKey?)e.Key).Distinct(), [error.Key]);
        Assert.True(time.GetUtcNow() - time.Start > TimeSpan.FromSeconds(20), $"It was given up after {time.GetUtcNow() - time.Start}.");
    }

    [Fact]
    public async Task A_put_that_never_left_fails_as_overloaded()
    {
        var time = new FakeTimeProvider();
        await using var client = Client(time: time);
        _store.All.ToList().ForEach(gateway => gateway.OnReserve = _ => Task.FromException<ImmutableArray<EventKey>>(new TimeoutException("Away.")));
        var put = client.PutAsync(Event("kept"));
        await MoveUntilAsync(time, put);
        await Assert.ThrowsAsync<OverloadedException>(() => put);
        Assert.All(_store.All, static gateway => Assert.Empty(gateway.Batches));
    }

    [Fact]
    public async Task The_pause_that_an_overloaded_store_asks_for_is_kept()
    {
        var time = new FakeTimeProvider();
        var store = new FakeGateways("north/a");
        var gateway = store.All[0];
        var calls = new List<DateTimeOffset>();
        gateway.OnPutMany = batch =>
        {
            calls.Add(time.GetUtcNow());
            return calls.Count == 1
                ? Task.FromException<PutResults>(new OverloadedException("Busy.", TimeSpan.FromSeconds(3)))
                : Task.FromResult(gateway.StoreAll(batch));
        };
        await using var client = new AllDataClient(store.Grains, new AllDataClientOptions { Timeout = TimeSpan.FromHours(1) }, time, new Random(1));
        await MoveUntilAsync(time, client.PutAsync(Event("patient")));
        Assert.True(calls[1] - calls[0] >= TimeSpan.FromSeconds(3), $"Sent again after {calls[1] - calls[0]}.");
    }

    private AllDataClient Client(AllDataClientOptions? options = null, TimeProvider? time = null) =>
        new(_store.Grains, options ?? new AllDataClientOptions(), time ?? TimeProvider.System, new Random(1));

    /// <summary>A client that knows all gateways.</summary>
    private async Task<AllDataClient> WarmAsync(FakeTimeProvider time)
    {
        // The time moves faster than the machine may be: only what a test waits for may end by it.
        var client = Client(new AllDataClientOptions { Timeout = TimeSpan.FromHours(1) }, time);
        await SpreadsAsync(client, _store.All.Count);
        return client;
    }

    private Task SpreadsAsync(AllDataClient client, int gateways) =>
        Eventually.IsAsync($"{gateways} gateways are used", () => UsedByAsync(client, 60), used => used.Count == gateways);

    /// <summary>The gateways that get some of so many events.</summary>
    private async Task<List<FakeGateway>> UsedByAsync(AllDataClient client, int events)
    {
        var before = _store.All.Select(static one => one.Batches.Count).ToArray();
        await Task.WhenAll(Enumerable.Range(0, events).Select(i => client.PutAsync(Event($"w{_warm++}"), new PutOptions { MinZones = i % 20 }))).Soon();
        return [.. _store.All.Where((one, i) => one.Batches.Count > before[i])];
    }

    private static TaskCompletionSource Hold(FakeGateway gateway)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.OnPutMany = async batch =>
        {
            await answer.Task;
            return gateway.StoreAll(batch);
        };
        return answer;
    }

    /// <summary>Moves the time on until something ends, however it ends; ten minutes of it are more than any bound of the client.</summary>
    private static async Task MoveUntilAsync(FakeTimeProvider time, Task task)
    {
        if (!await MoveAsync(time, task))
        {
            // The client's disposal waits on this clock too: left alone the test would hang and not fail.
            _ = MoveAsync(time, new TaskCompletionSource().Task);
            throw new TimeoutException("It has not ended in ten minutes of the test's clock.");
        }
    }

    private static async Task<bool> MoveAsync(FakeTimeProvider time, Task until, int steps = 6_000)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (; steps > 0 && !until.IsCompleted; steps--)
        {
            await pause.WaitForNextTickAsync();
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        return until.IsCompleted;
    }

    private static Task LeftAsync(IEnumerable<FakeGateway> gateways) =>
        Eventually.IsAsync("a batch has left", () => gateways.Sum(static one => one.Batches.Count), static count => count > 0);

    private static EventPayload Event(string text) => EventPayload.FromText(text);

    private static string[] Texts(int count) => [.. Enumerable.Range(0, count).Select(static i => $"e{i}")];
}
