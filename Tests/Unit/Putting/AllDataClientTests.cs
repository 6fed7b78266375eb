using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Putting;

public sealed class AllDataClientTests
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
    public async Task What_comes_while_the_calls_are_under_way_travels_together()
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

    [Fact]
    public async Task Beyond_the_bound_puts_wait_in_line_and_go_in_order()
    {
        var store = new FakeGateways("north/a");
        var gateway = store.All[0];
        var answer = Hold(gateway);
        var options = new AllDataClientOptions { MaxBatchBytes = 2_000, MaxWaitingBytes = 2_000, MaxBatchEvents = 10, BatchesInFlight = 1 };
        await using var client = new AllDataClient(store.Grains, options);
        var puts = Texts(50).Select(text => client.PutAsync(Event(text))).ToList();
        await Eventually.IsAsync("the first batch leaves", () => gateway.Batches.Count, static count => count == 1);
        answer.SetResult();
        await Task.WhenAll(puts).Soon();
        var arrived = gateway.Batches.SelectMany(FakeGateway.Read).Select(static e => e.Payload.ToString());
        Assert.Equal(Texts(50), arrived);

        // 2,000 bytes are room for seven events with what each is charged beside its few bytes.
        Assert.All(gateway.Batches, static batch => Assert.InRange(batch.Count, 1, 7));
    }

    [Fact]
    public async Task A_put_that_waits_for_room_can_be_taken_back_and_one_that_has_left_cannot()
    {
        var store = new FakeGateways("north/a");
        var answer = Hold(store.All[0]);
        await using var client = new AllDataClient(store.Grains, new AllDataClientOptions { MaxBatchBytes = 500, MaxWaitingBytes = 500 });
        using var cancellation = new CancellationTokenSource();
        var left = client.PutAsync(Event("left"), cancellation: cancellation.Token);
        var waiting = client.PutAsync(Event("waiting"), cancellation: cancellation.Token);
        var behind = client.PutAsync(Event("behind"));
        await Eventually.IsAsync("the first leaves", () => store.All[0].Batches.Count, static count => count == 1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        answer.SetResult();
        await behind.Soon();
        await client.FlushAsync().Soon();
        Assert.Equal(["behind", "left"], store.Texts.Order());
    }

    [Fact]
    public async Task Who_finds_no_room_in_time_is_told_so()
    {
        var time = new FakeTimeProvider();
        var store = new FakeGateways("north/a");
        Hold(store.All[0]);
        var options = new AllDataClientOptions { MaxBatchBytes = 500, MaxWaitingBytes = 500 };
        await using var client = new AllDataClient(store.Grains, options, time, new Random(1));
        var puts = Texts(40).Select(text => client.PutAsync(Event(text))).ToList();
        await LeftAsync(store.All);
        await MoveUntilAsync(time, Task.WhenAll(puts));
        Assert.IsType<PutOutcomeUnknownException>(puts[0].Exception!.InnerException);
        Assert.IsType<OverloadedException>(puts[^1].Exception!.InnerException);
    }

    [Fact]
    public async Task A_put_of_many_whose_part_finds_no_room_in_time_does_not_wait_with_each_of_the_others()
    {
        var time = new FakeTimeProvider();
        var store = new FakeGateways("north/a");
        Hold(store.All[0]);
        var options = new AllDataClientOptions { MaxBatchBytes = 500, MaxWaitingBytes = 500 };
        await using var client = new AllDataClient(store.Grains, options, time, new Random(1));
        var before = Texts(10).Select(text => client.PutAsync(Event(text))).ToList();
        var put = client.PutManyAsync([.. Texts(2_000).Select(Event)]);
        await LeftAsync(store.All);
        await MoveUntilAsync(time, Task.WhenAll(before.Append<Task>(put)));
        var results = await put;
        Assert.All(results, static result => Assert.IsType<OverloadedException>(result.Error));

        // One for the part that has waited, one for all the others.
        Assert.Equal(2, results.Answers.Length);
    }

    [Fact]
    public async Task An_event_larger_than_a_call_takes_is_refused_alone()
    {
        await using var client = Client(new AllDataClientOptions { MaxBatchBytes = 1_000 });
        var results = await client.PutManyAsync([Event("small"), Event(new string('x', 985)), Event("also small")]).Soon();
        Assert.Equal(985, Assert.IsType<EventTooLargeException>(results[1].Error).Size);
        Assert.NotNull(results[0].Receipt);
        Assert.NotNull(results[2].Receipt);
        await Assert.ThrowsAsync<EventTooLargeException>(() => client.PutAsync(Event(new string('x', 985))));
    }

    [Fact]
    public async Task Any_number_of_events_may_be_put_at_once()
    {
        await using var client = Client(new AllDataClientOptions { MaxBatchBytes = 4_000, MaxWaitingBytes = 8_000 });
        var results = await client.PutManyAsync([.. Texts(3_000).Select(Event)]).Soon();
        Assert.Equal(Texts(3_000), results.Select(result => _store.Events[result.Receipt!.Key].ToString()));
        Assert.Empty(await client.PutManyAsync([]));
    }

    [Fact]
    public async Task Puts_that_ask_for_different_things_do_not_share_a_call()
    {
        await using var client = Client();
        var levels = new[] { CommitLevel.One, CommitLevel.All };
        await Task.WhenAll(Texts(100).Select((text, i) => client.PutAsync(Event(text), new PutOptions { Level = levels[i % 2] }))).Soon();
        var sent = _store.All.SelectMany(one => one.Batches.Zip(one.Options));
        Assert.All(sent, pair => Assert.All(
            FakeGateway.Read(pair.First), e => Assert.Equal(levels[int.Parse(e.Payload.ToString()[1..]) % 2], pair.Second!.Level)));
    }

    [Fact]
    public async Task A_flush_waits_for_what_was_put_before_it_and_for_nothing_else()
    {
        var store = new FakeGateways("north/a");
        var gateway = store.All[0];
        var before = Hold(gateway);
        await using var client = new AllDataClient(store.Grains);
        var put = client.PutAsync(Event("before"));
        var flush = client.FlushAsync();
        await Eventually.IsAsync("it leaves", () => gateway.Batches.Count, static count => count == 1);
        Assert.False(flush.IsCompleted);
        var after = Hold(gateway);
        var later = client.PutAsync(Event("after"));
        before.SetResult();
        await flush.Soon();
        Assert.True(put.IsCompletedSuccessfully);
        Assert.False(later.IsCompleted);
        after.SetResult();
        await later.Soon();
    }

    [Fact]
    public async Task Disposing_flushes_and_takes_no_more()
    {
        var client = Client();
        var puts = Texts(100).Select(text => client.PutAsync(Event(text))).ToList();
        await client.DisposeAsync();
        Assert.All(puts, static put => Assert.True(put.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.PutAsync(Event("late")));
    }

    [Fact]
    public async Task Disposing_ends_although_no_gateway_answers()
    {
        var time = new FakeTimeProvider();
        var client = Client(time: time);
        _store.All.ToList().ForEach(gateway => Hold(gateway));
        var put = client.PutAsync(Event("lost"));
        await LeftAsync(_store.All);
        await MoveUntilAsync(time, client.DisposeAsync().AsTask());
        await Assert.ThrowsAsync<PutOutcomeUnknownException>(() => put);
    }

    [Fact]
    public async Task Disposing_ends_a_put_of_many_that_goes_on_for_longer_and_no_part_of_it_enters_any_more()
    {
        var time = new FakeTimeProvider();
        var store = new FakeGateways("north/a");
        var gateway = store.All[0];
        gateway.OnPutMany = async batch =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time);
            return gateway.StoreAll(batch);
        };
        var options = new AllDataClientOptions { MaxBatchBytes = 500, MaxWaitingBytes = 500, Timeout = TimeSpan.FromSeconds(10) };
        var client = new AllDataClient(store.Grains, options, time, new Random(1));
        var put = client.PutManyAsync([.. Texts(2_000).Select(Event)]);
        await MoveUntilAsync(time, client.DisposeAsync().AsTask());
        var left = gateway.Batches.Count;
        await MoveUntilAsync(time, put);
        var results = await put;
        Assert.InRange(gateway.Batches.Count, left, left + options.BatchesInFlight);
        Assert.InRange(results.Count(static result => result.Receipt is not null), 1, store.Events.Count);
        Assert.IsType<OverloadedException>(results[^1].Error);
    }

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

    /// <summary>Moves the time on until something ends, however it ends.</summary>
    private static async Task MoveUntilAsync(FakeTimeProvider time, Task task)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!task.IsCompleted)
        {
            await pause.WaitForNextTickAsync(bound.Token);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    private static Task LeftAsync(IEnumerable<FakeGateway> gateways) =>
        Eventually.IsAsync("a batch has left", () => gateways.Sum(static one => one.Batches.Count), static count => count > 0);

    private static EventPayload Event(string text) => EventPayload.FromText(text);

    private static string[] Texts(int count) => [.. Enumerable.Range(0, count).Select(static i => $"e{i}")];
}
