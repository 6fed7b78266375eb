using System.Net;
using System.Text;
using System.Text.Json;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Silo.Http;
using AllData.Silo.Http.Idempotency;
using AllData.Tests.Support;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Silo;

/// <summary>A client whose connection broke sends again what it sent: reserved keys, and <c>Idempotency-Key</c>.</summary>
public sealed class IdempotencyTests : IAsyncLifetime
{
    private readonly Dictionary<EventKey, byte[]> _stored = [];
    private HttpSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Peer:Id"] = "north-a" });
        _silo.Store.OnPut = put => Task.FromResult(Store(put));
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Theory]
    [InlineData("", 1)]
    [InlineData("?count=3", 3)]
    public async Task Keys_are_reserved_and_can_be_put_under(string query, int count)
    {
        var response = await _silo.Client.PostAsync("/keys" + query, null);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var keys = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("keys").EnumerateArray()
            .Select(static k => k.GetString()!).ToList();
        Assert.Equal(Enumerable.Range(0, count).Select(static i => FakeEventStore.ReservedKey(i).ToString()), keys);
        Assert.Equal(HttpStatusCode.Created, (await _silo.Client.PutAsync($"/events/{keys[0]}", new StringContent("1"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _silo.Client.PutAsync($"/events/{keys[0]}", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task A_reserved_key_is_given_back()
    {
        await _silo.Client.PostAsync("/keys?count=2", null);
        var key = FakeEventStore.ReservedKey(1);
        Assert.Equal(HttpStatusCode.NoContent, (await _silo.Client.DeleteAsync($"/keys/{key}")).StatusCode);
        Assert.Equal([key], _silo.Store.Released);

        var refused = await _silo.Client.DeleteAsync("/keys/17");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("invalid-key", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?count=x")]
    [InlineData("?count=-1")]
    [InlineData("?count=1&count=2")]
    [InlineData("?number=1")]
    public async Task A_reservation_that_makes_no_sense_is_refused(string query)
    {
        var response = await _silo.Client.PostAsync("/keys" + query, null);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("count", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"8e03978e-40d5-43e8-bc93-6894a57f9324\"")]
    [InlineData("order-17")]
    [InlineData("20260102T030405006000150009")]
    public async Task The_same_request_sent_again_stores_nothing_twice(string value)
    {
        var first = await PostAsync(value, "{\"a\":1}");
        var second = await PostAsync(value, "{\"a\":1}");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.Status, second.Status));
        Assert.Contains("\"alreadyStored\"", second.Text, StringComparison.Ordinal);
        Assert.Equal(KeyIn(first.Text), KeyIn(second.Text));
        Assert.Equal("north-a", second.Peer);
        Assert.Single(_stored);
    }

    [Theory]
    [InlineData("order-17")]
    [InlineData("\"20260102T030405006000150009\"")]
    public async Task Another_event_with_the_same_value_is_refused_and_the_first_one_stands(string value)
    {
        await PostAsync(value, "1");
        var (status, text, _) = await PostAsync(value, "2");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("urn:alldata:problem:idempotency-key-reused", text, StringComparison.Ordinal);
        Assert.Contains("\"written\":\"nothing\"", text, StringComparison.Ordinal);
        Assert.Equal("1", Encoding.UTF8.GetString(Assert.Single(_stored).Value));
    }

    [Fact]
    public async Task An_event_key_as_value_holds_through_every_silo_for_it_needs_no_memory()
    {
        await using var other = await HttpSilo.StartAsync();
        other.Store.OnPut = put => Task.FromResult(Store(put));
        await PostAsync("20260102T030405006000150009", "1");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("20260102T030405006000150009", "1", other)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync("20260102T030405006000150009", "2", other)).Status);
        Assert.Equal("20260102T030405006000150009", Assert.Single(_stored).Key.ToString());
    }

    [Fact]
    public async Task A_request_that_comes_while_the_first_is_in_flight_waits_for_it_and_stores_nothing_twice()
    {
        var release = new TaskCompletionSource();
        _silo.Store.OnPut = async put =>
        {
            await release.Task;
            return Store(put);
        };
        var requests = Enumerable.Range(0, 5).Select(_ => PostAsync("order-17", "1")).ToList();
        await Eventually.IsAsync("one put is in flight", () => _silo.Store.Puts.Count, static count => count == 1);
        release.SetResult();
        var answers = await Task.WhenAll(requests);
        Assert.Equal(1, answers.Count(static a => a.Status == HttpStatusCode.Created));
        Assert.Equal(4, answers.Count(static a => a.Status == HttpStatusCode.OK));
        Assert.Single(_stored);
        Assert.Single(_silo.Store.Puts.Select(static put => put.Key).Distinct());
    }

    [Fact]
    public async Task An_unknown_outcome_is_looked_for_under_the_same_key_and_never_undone_by_a_refusal()
    {
        var calls = 0;
        _silo.Store.OnPut = put => ++calls switch
        {
            1 => StoreAndFail(put, new PutOutcomeUnknownException("Late.", [], [], put.Key)),
            2 => Task.FromException<PutReceipt>(new OverloadedException("Busy.", TimeSpan.FromSeconds(1), put.Key)),
            _ => Task.FromResult(Store(put)),
        };
        var first = await PostAsync("order-17", "1");
        var second = await PostAsync("order-17", "1");
        var third = await PostAsync("order-17", "1");
        Assert.Equal([HttpStatusCode.GatewayTimeout, HttpStatusCode.GatewayTimeout, HttpStatusCode.OK], [first.Status, second.Status, third.Status]);
        Assert.Contains("\"written\":\"unknown\"", second.Text, StringComparison.Ordinal);
        Assert.Equal(KeyIn(first.Text), KeyIn(third.Text));
        Assert.Single(_stored);
    }

    [Fact]
    public async Task A_put_of_which_nothing_was_written_does_not_use_up_its_value()
    {
        EventKey? tried = null;
        _silo.Store.OnPut = put => Task.FromException<PutReceipt>(new NotEnoughPeersException("Few.", 3, 1, tried = put.Key));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PostAsync("order-17", "1")).Status);

        // Readers that follow wait for a reserved key until it is put or given back.
        Assert.Equal([tried!.Value], _silo.Store.Released);
        _silo.Store.OnPut = put => Task.FromResult(Store(put));
        Assert.Equal(HttpStatusCode.Created, (await PostAsync("order-17", "2")).Status);
    }

    [Fact]
    public async Task No_value_is_forgotten_before_its_time_and_beyond_the_bound_further_ones_are_refused()
    {
        var time = new FakeTimeProvider();
        var store = new FakeEventStore();
        var options = new EventHttpOptions { Idempotency = { MaxValues = 2, Remember = TimeSpan.FromHours(1) } };
        var puts = new IdempotentPut(store, Options.Create(options), time);
        await PutAsync(1);
        time.Advance(TimeSpan.FromMinutes(30));
        await PutAsync(2);
        var full = await Assert.ThrowsAsync<OverloadedException>(() => PutAsync(3));
        Assert.Contains("POST /keys", full.Message, StringComparison.Ordinal);
        await PutAsync(1);
        time.Advance(TimeSpan.FromMinutes(30));
        await PutAsync(3);
        Assert.Equal(
            [0, 1, 0, 2], store.Puts.Select(static put => put.Key!.Value.Sequence - EventKey.FirstReservedSequence));

        Task<PutReceipt> PutAsync(int value) =>
            puts.PutAsync(new IdempotencyKey(null, (UInt128)value), EventPayload.FromText("1"), null, CancellationToken.None);
    }

    [Fact]
    public void What_is_forgotten_early_occupies_nothing()
    {
        var puts = new RememberedPuts(new IdempotencyOptions { MaxValues = 10 }, new FakeTimeProvider());
        var kept = puts.FindOrAdd(0, 0);
        for (var i = 1; i < 10_000; i++)
        {
            puts.Forget(puts.FindOrAdd((UInt128)i, 0)!);
        }

        Assert.Equal(1, puts.Count);
        Assert.Same(kept, puts.FindOrAdd(0, 0));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("two words")]
    public async Task A_value_that_is_none_is_refused(string value) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(value, "1")).Status);

    [Fact]
    public async Task A_stream_of_events_takes_no_such_header()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events") { Content = new StringContent("1\n") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "order-17");
        var response = await _silo.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("POST /keys", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(_silo.Store.Batches);
    }

    private PutReceipt Store(ArrivedPut put)
    {
        lock (_stored)
        {
            var key = put.Key ?? FakeEventStore.FreshKey;
            if (_stored.TryAdd(key, put.Bytes))
            {
                return FakeEventStore.Receipt(key);
            }

            return _stored[key].AsSpan().SequenceEqual(put.Bytes)
                ? FakeEventStore.Receipt(key, PutOutcome.AlreadyStored)
                : throw new KeyConflictException("The key is taken.", new KeyConflict(key, default, default));
        }
    }

    private Task<PutReceipt> StoreAndFail(ArrivedPut put, Exception error)
    {
        Store(put);
        return Task.FromException<PutReceipt>(error);
    }

    private async Task<(HttpStatusCode Status, string Text, string? Peer)> PostAsync(string value, string body, HttpSilo? silo = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", value);
        using var response = await (silo ?? _silo).Client.SendAsync(request);
        var peer = response.Headers.TryGetValues("AllData-Peer", out var values) ? values.Single() : null;
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), peer);
    }

    private static string? KeyIn(string text) => JsonElement.Parse(text).GetProperty("key").GetString();
}
