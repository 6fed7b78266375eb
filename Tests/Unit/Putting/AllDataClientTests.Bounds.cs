using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Putting;

// How much may wait, how long, and what is left when the client is disposed.
public sealed partial class AllDataClientTests
{
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

        // 2,000 bytes are room for seven events, with the charge for each in addition to its few bytes.
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
        Assert.Empty(await client.PutManyAsync(Array.Empty<EventPayload>()));
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
}
