using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class PutOverHttpTests : IAsyncLifetime
{
    private const string Key = "20260102T030405006000150000";

    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Post_answers_201_with_the_key_in_Location_and_the_receipt_in_the_body()
    {
        var response = await _silo.Client.PostAsync("/", Json("""{"foo":"bar"}"""));

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/events/{FakeEventStore.FreshKey}", response.Headers.Location!.OriginalString);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            $$"""{"key":"{{FakeEventStore.FreshKey}}","outcome":"stored","replicas":[{"peer":"north-a","region":"north","zone":"a"},"""
            + """{"peer":"west-c","region":"west","zone":"c"}],"pending":[],"level":"quorum","adherence":"underReplicated"}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_receipt_says_what_there_is_to_say_of_regions_and_a_demand_that_cannot_be_met_is_503()
    {
        var outage = new RegionOutage("west", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        _silo.Store.OnPut = _ => Task.FromResult(
            FakeEventStore.Receipt(FakeEventStore.FreshKey) with { Regions = new RegionCoverage(1, 2) { Owed = [outage] } });
        Assert.EndsWith(
            ""","adherence":"underReplicated","regions":{"held":1,"wanted":2},"owed":[{"region":"west","since":"2026-01-02T03:04:05+00:00"}]}""",
            await (await _silo.Client.PostAsync("/", Json("1"))).Content.ReadAsStringAsync());

        _silo.Store.OnPut = _ => throw new NotEnoughRegionsException("One region.", [outage]) { MinRegions = 2, ReachableRegions = 1 };
        var refused = await _silo.Client.PostAsync("/?minRegions=2", Json("1"));
        var problem = await AssertProblem(refused, HttpStatusCode.ServiceUnavailable, "not-enough-regions", "One region.");
        Assert.Equal(("nothing", "west"), (problem.GetProperty("written").GetString(), problem.GetProperty("cutOff")[0].GetProperty("region").GetString()));
    }

    [Theory]
    [InlineData("""{"foo":"bar"}""")]
    [InlineData("  {\n \"a\" : 1.50, \"a\":2 }\r\n")]
    [InlineData("null")]
    [InlineData("\"é€😀\\ud800\"")]
    public async Task The_payload_is_stored_exactly_as_it_was_sent(string body)
    {
        await _silo.Client.PostAsync("/", Json(body));

        Assert.Equal(Encoding.UTF8.GetBytes(body), Assert.Single(_silo.Store.Puts).Bytes);
    }

    [Fact]
    public async Task The_form_content_type_that_curl_sends_is_taken()
    {
        var content = new StringContent("""{"foo":"bar"}""", Encoding.UTF8, "application/x-www-form-urlencoded");

        var response = await _silo.Client.PostAsync("/", content);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task The_original_client_which_never_reads_its_answers_is_answered_201_and_its_connection_is_closed()
    {
        using var connection = await RawConnection.OpenAsync(_silo.Address);

        await connection.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
        await connection.SendAsync("7\r\n{\"foo\":\r\n");
        await connection.SendAsync("6\r\n\"bar\"}\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 201 ", await connection.ReadToEndAsync());
        Assert.Equal("""{"foo":"bar"}""", Encoding.UTF8.GetString(Assert.Single(_silo.Store.Puts).Bytes));
    }

    [Fact]
    public async Task Put_under_a_given_key_answers_201_when_stored_and_200_when_it_was_there_already()
    {
        var first = await _silo.Client.PutAsync($"/events/{Key}", Json("1"));
        _silo.Store.OnPut = put => Task.FromResult(FakeEventStore.Receipt(put.Key!.Value, PutOutcome.AlreadyStored));
        var second = await _silo.Client.PutAsync($"/events/{Key}", Json("1"));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal($"/events/{Key}", first.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var receipt = await second.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("alreadyStored", receipt.GetProperty("outcome").GetString());
        Assert.All(_silo.Store.Puts, put => Assert.Equal(EventKey.Parse(Key), put.Key));
    }

    [Fact]
    public async Task Put_under_something_that_is_no_key_answers_400_and_nothing_reaches_the_store()
    {
        var response = await _silo.Client.PutAsync("/events/20261302T030405006000150000", Json("1"));

        await AssertProblem(response, HttpStatusCode.BadRequest, "invalid-key", "27 characters");
        Assert.Empty(_silo.Store.Puts);
    }

    [Fact]
    public async Task The_query_becomes_the_options_of_the_put()
    {
        await _silo.Client.PostAsync("/?level=ALL&minZones=2&minRegions=3&deadline=2.5", Json("1"));
        await _silo.Client.PostAsync("/?minRegions=2&else=Quorum", Json("1"));
        await _silo.Client.PostAsync("/", Json("1"));

        Assert.Equal(
            [
                new PutOptions { Level = CommitLevel.All, MinZones = 2, MinRegions = 3, Deadline = TimeSpan.FromSeconds(2.5) },
                new PutOptions { MinRegions = 2, Else = CommitLevel.Quorum },
                null,
            ],
            _silo.Store.Puts.Select(put => put.Options));
    }

    [Fact]
    public async Task A_topic_comes_with_the_query_or_the_header()
    {
        await _silo.Client.PostAsync("/?topic=orders", Json("1"));
        using var content = Json("1");
        content.Headers.Add("AllData-Topic", "orders.eu");
        await _silo.Client.PutAsync("/events/20260102T030405006000100042?level=all", content);

        Assert.Equal(
            [new PutOptions { Topic = Topic.Parse("orders") }, new PutOptions { Level = CommitLevel.All, Topic = Topic.Parse("orders.eu") }],
            _silo.Store.Puts.Select(put => put.Options));
    }

    [Fact]
    public async Task A_topic_that_contradicts_another_one_answers_400()
    {
        using var content = Json("1");
        content.Headers.Add("AllData-Topic", "other");
        await AssertProblem(await _silo.Client.PostAsync("/?topic=orders", content), HttpStatusCode.BadRequest, "invalid-event", "Give one of them");
        Assert.Empty(_silo.Store.Puts);
    }

    [Theory]
    [InlineData("topic=", "A topic is 1 to 64")]
    [InlineData("topic=a%20b", "A topic is 1 to 64")]
    [InlineData("topic=a&topic=b", "2 times")]
    [InlineData("level=two", "one, quorum, all or local")]
    [InlineData("level=2", "one, quorum, all or local")]
    [InlineData("level=one&level=all", "2 times")]
    [InlineData("minRegions=2&else=two", "else is 'two'; it is one, quorum, all or local")]
    [InlineData("minRegions=2&else=", "one, quorum, all or local")]
    [InlineData("minZones=0", "1 or more")]
    [InlineData("minRegions=-1", "1 or more")]
    [InlineData("minZones=", "1 or more")]
    [InlineData("deadline=0", "more than 0")]
    [InlineData("deadline=26", "at most 25")]
    [InlineData("deadline=NaN", "more than 0")]
    [InlineData("deadline=1e1", "more than 0")]
    [InlineData("levle=one", "'levle' is not a parameter")]
    public async Task A_query_that_makes_no_sense_answers_400_with_a_sentence(string query, string sentence)
    {
        var post = await _silo.Client.PostAsync($"/?{query}", Json("1"));
        var put = await _silo.Client.PutAsync($"/events/{Key}?{query}", Json("1"));

        await AssertProblem(post, HttpStatusCode.BadRequest, "invalid-event", sentence);
        await AssertProblem(put, HttpStatusCode.BadRequest, "invalid-event", sentence);
        Assert.Empty(_silo.Store.Puts);
    }

    [Theory]
    [InlineData("GET", "/", "POST")]
    [InlineData("PUT", "/", "POST")]
    [InlineData("DELETE", "/", "POST")]
    [InlineData("OPTIONS", "/", "POST")]
    [InlineData("BREW", "/", "POST")]
    [InlineData("POST", "/events/" + Key, "GET, HEAD, PUT")]
    [InlineData("DELETE", "/events/" + Key, "GET, HEAD, PUT")]
    public async Task Other_methods_answer_405_and_say_which_are_allowed(string method, string path, string allowed)
    {
        var response = await _silo.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow.Order()));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task An_unknown_path_answers_404_with_a_problem()
    {
        var response = await _silo.Client.GetAsync("/event");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_failed_put_answers_with_problem_details_that_carry_its_data()
    {
        _silo.Store.OnPut = _ => throw new CommitLevelNotReachedException(
            "Two replicas are needed.", 2, [FakeEventStore.NorthA], [new ReplicaFailure(FakeEventStore.WestC.Peer, "disk full")],
            FakeEventStore.FreshKey);

        var response = await _silo.Client.PostAsync("/", Json("1"));

        var problem = await AssertProblem(response, HttpStatusCode.InternalServerError, "commit-level-not-reached", "Two replicas");
        Assert.Equal("The commit level was not reached", problem.GetProperty("title").GetString());
        Assert.Equal(500, problem.GetProperty("status").GetInt32());
        Assert.Equal(2, problem.GetProperty("needed").GetInt32());
        Assert.Equal("""[{"peer":"north-a","region":"north","zone":"a"}]""", problem.GetProperty("holders").GetRawText());
        Assert.Equal("""[{"peer":"west-c","reason":"disk full"}]""", problem.GetProperty("failures").GetRawText());
        Assert.Equal(FakeEventStore.FreshKey.ToString(), problem.GetProperty("key").GetString());
        Assert.Equal("someCopies", problem.GetProperty("written").GetString());
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(1_000, "1")]
    [InlineData(1_001, "2")]
    public async Task Overload_answers_503_and_Retry_After_in_whole_seconds(int milliseconds, string header)
    {
        _silo.Store.OnPut = _ => throw new OverloadedException("Full.", TimeSpan.FromMilliseconds(milliseconds));

        var response = await _silo.Client.PostAsync("/", Json("1"));

        var problem = await AssertProblem(response, HttpStatusCode.ServiceUnavailable, "overloaded", "Full.");
        Assert.Equal(header, Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Equal(milliseconds / 1_000.0, problem.GetProperty("retryAfter").GetDouble());
    }

    [Fact]
    public async Task A_failure_that_nobody_foresaw_answers_500_says_that_the_outcome_is_unknown_and_the_silo_lives_on()
    {
        _silo.Store.OnPut = _ => throw new InvalidOperationException("Surprise.");
        var first = await _silo.Client.PostAsync("/", Json("1"));
        _silo.Store.OnPut = _ => throw new TimeoutException("No answer from the grain.");
        var second = await _silo.Client.PostAsync("/", Json("1"));
        _silo.Store.OnPut = put => Task.FromResult(FakeEventStore.Receipt(FakeEventStore.FreshKey));
        var third = await _silo.Client.PostAsync("/", Json("1"));

        Assert.Equal(HttpStatusCode.InternalServerError, first.StatusCode);
        Assert.Equal("unknown", (await first.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("written").GetString());
        Assert.Equal(HttpStatusCode.GatewayTimeout, second.StatusCode);
        Assert.Equal(HttpStatusCode.Created, third.StatusCode);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task<JsonElement> AssertProblem(HttpResponseMessage response, HttpStatusCode status, string type, string detail)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal($"urn:alldata:problem:{type}", problem.GetProperty("type").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString());
        return problem;
    }
}
