using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class ReadOverHttpTests : IAsyncLifetime
{
    private static readonly EventKey Key = FakeEventStore.FreshKey;

    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task The_Location_of_a_put_gives_back_the_bytes_that_were_sent()
    {
        var bytes = " {\"foo\" : \"b\u00e4r\"}\n"u8.ToArray();
        var posted = await _silo.Client.PostAsync("/", new ByteArrayContent(bytes));
        var stored = _silo.Store.Puts.Single().Bytes;
        _silo.Store.OnGet = key => new EventReadResult(key, [FakeEventStore.Stored(key, stored, "north-a")], []);

        var response = await _silo.Client.GetAsync(posted.Headers.Location);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Head_answers_the_size_without_the_bytes()
    {
        _silo.Store.OnGet = key => new EventReadResult(key, [FakeEventStore.Stored(key, "[1,2]"u8.ToArray(), "north-a")], []);

        var response = await _silo.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/events/{Key}"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(5, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(PayloadFault.KeyMissing, HttpStatusCode.Gone, "payload-unreadable")]
    [InlineData(PayloadFault.NotAuthentic, HttpStatusCode.InternalServerError, "payload-not-authentic")]
    public async Task A_payload_that_cannot_be_read_is_a_problem_that_names_its_key(PayloadFault fault, HttpStatusCode status, string kind)
    {
        _silo.Store.OnGet = key => new EventReadResult(
            key, [FakeEventStore.Stored(key, [], "north-a") with { Unreadable = new UnreadablePayload(key, fault, "0123456789abcdef") }], []);

        var response = await _silo.Client.GetAsync($"/events/{Key}");

        Assert.Equal(status, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var problem = (await response.Content.ReadFromJsonAsync<JsonElement>())!;
        Assert.Equal($"urn:alldata:problem:{kind}", problem.GetProperty("type").GetString());
        Assert.Equal(
            (Key.ToString(), "0123456789abcdef"), (problem.GetProperty("key").GetString(), problem.GetProperty("encryptionKeyId").GetString()));
        Assert.Equal("north-a", problem.GetProperty("holders")[0].GetString());
    }

    [Fact]
    public async Task A_payload_that_is_not_JSON_is_not_said_to_be_JSON()
    {
        _silo.Store.OnGet = key => new EventReadResult(key, [FakeEventStore.Stored(key, [0xFF, 0x00], "north-a")], []);

        var response = await _silo.Client.GetAsync($"/events/{Key}");

        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Not_found_answers_404_and_names_the_peers_that_did_not_answer()
    {
        var certain = await _silo.Client.GetAsync($"/events/{Key}");
        _silo.Store.OnGet = key => new EventReadResult(key, [], [PeerId.Parse("east-e"), PeerId.Parse("west-c")]);
        var uncertain = await _silo.Client.GetAsync($"/events/{Key}");

        Assert.Equal(HttpStatusCode.NotFound, certain.StatusCode);
        var problem = await certain.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("[]", problem.GetProperty("silent").GetRawText());
        Assert.Contains("all of them answered", problem.GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.NotFound, uncertain.StatusCode);
        problem = await uncertain.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("""["east-e","west-c"]""", problem.GetProperty("silent").GetRawText());
        Assert.Contains("east-e, west-c did not answer", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Not_found_says_when_there_may_be_peers_that_were_not_asked()
    {
        _silo.Store.OnGet = static key => new EventReadResult(key, [], []) { Doubt = "The registry did not answer." };
        var problem = await (await _silo.Client.GetAsync($"/events/{Key}")).Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("The registry did not answer.", problem.GetProperty("doubt").GetString());
        Assert.DoesNotContain("all of them answered", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Two_events_under_one_key_answer_409_with_both_of_them()
    {
        _silo.Store.OnGet = key => new EventReadResult(
            key,
            [FakeEventStore.Stored(key, "1"u8.ToArray(), "north-a"), FakeEventStore.Stored(key, "2"u8.ToArray(), "west-c", "east-e")],
            []);

        var response = await _silo.Client.GetAsync($"/events/{Key}");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("urn:alldata:problem:conflicting-events", problem.GetProperty("type").GetString());
        var events = problem.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(["1", "2"], events.Select(e => Encoding.UTF8.GetString(e.GetProperty("payloadBase64").GetBytesFromBase64())));
        Assert.Equal(EventDigest.Of(Key, "1"u8).ToString(), events[0].GetProperty("digest").GetString());
        Assert.Equal("""["west-c","east-e"]""", events[1].GetProperty("holders").GetRawText());
    }

    [Fact]
    public async Task A_text_that_is_no_key_answers_400()
    {
        var response = await _silo.Client.GetAsync("/events/latest");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Live_is_always_200_and_ready_says_why_it_is_not()
    {
        ImmutableArray<SiloCondition> conditions =
            [new("under-replicated", StopsPuts: false, "One peer is away."), new("not-accepted", StopsPuts: true, "The registry has not been reached yet.")];
        await using var silo = await HttpSilo.StartAsync(readiness: () => conditions);

        var live = await silo.Client.GetAsync("/health/live");
        var before = await silo.Client.GetAsync("/health/ready");
        conditions = conditions.RemoveAt(1);
        var after = await silo.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal(
            """
            {"ready":false,"reason":"The registry has not been reached yet.","status":"unhealthy","conditions":[{"code":"under-replicated","stopsPuts":false,"sentence":"One peer is away."},{"code":"not-accepted","stopsPuts":true,"sentence":"The registry has not been reached yet."}]}
            """,
            await before.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal(
            """{"ready":true,"reason":null,"status":"degraded","conditions":[{"code":"under-replicated","stopsPuts":false,"sentence":"One peer is away."}]}""",
            await after.Content.ReadAsStringAsync());
    }
}
