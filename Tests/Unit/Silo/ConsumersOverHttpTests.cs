using System.Net;
using System.Text.Json;
using AllData.Consumers;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>Named consumers over HTTP.</summary>
public sealed class ConsumersOverHttpTests : IAsyncLifetime
{
    private static readonly ConsumerName Billing = ConsumerName.Parse("billing");

    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task A_consumer_is_made_moved_and_deleted_with_the_tag_of_the_state_that_was_seen()
    {
        using var made = await PutAsync(1, "If-None-Match", "*");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var tag = made.Headers.ETag!.ToString();

        using var moved = await PutAsync(5, "If-Match", tag);
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        Assert.NotEqual(tag, moved.Headers.ETag!.ToString());
        using var shown = await _silo.Client.GetAsync("/consumers/billing");
        Assert.Equal(moved.Headers.ETag, shown.Headers.ETag);
        var document = await JsonOfAsync(shown);
        Assert.Equal(("billing", $"{FakeScan.Key(5)}"), (document.GetProperty("name").GetString(), document.GetProperty("position").GetString()));
        var all = JsonElement.Parse(await _silo.Client.GetStringAsync("/consumers")).GetProperty("consumers");
        Assert.Equal("billing", Assert.Single(all.EnumerateArray()).GetProperty("name").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await _silo.Client.DeleteAsync("/consumers/billing")).StatusCode);
        await IsRefusedAsync(HttpStatusCode.NotFound, "consumer-not-found", await _silo.Client.DeleteAsync("/consumers/billing"));
        await IsRefusedAsync(HttpStatusCode.NotFound, "consumer-not-found", await _silo.Client.GetAsync("/consumers/billing"));
    }

    [Fact]
    public async Task Two_that_consume_notice_each_other_and_the_second_is_told_what_is_there()
    {
        using var made = await PutAsync(1, "If-None-Match", "*");
        var tag = made.Headers.ETag!.ToString();
        using var first = await PutAsync(5, "If-Match", tag);

        var problem = await IsRefusedAsync(HttpStatusCode.PreconditionFailed, "consumer-moved", await PutAsync(7, "If-Match", tag));

        Assert.Equal($"{FakeScan.Key(5)}", problem.GetProperty("position").GetString());
        Assert.Equal(first.Headers.ETag!.ToString(), problem.GetProperty("etag").GetString());
        Assert.True(problem.TryGetProperty("writtenAt", out _));
        await IsRefusedAsync(HttpStatusCode.PreconditionFailed, "consumer-moved", await PutAsync(7, "If-None-Match", "*"));
        await IsRefusedAsync(HttpStatusCode.PreconditionFailed, "consumer-moved", await PutAsync(7, "If-Match", "\"seven\""));
    }

    [Fact]
    public async Task That_another_process_has_taken_the_consumer_is_noticed_before_it_has_moved()
    {
        using var made = await PutAsync(1, "If-None-Match", "*");
        await _silo.Consumers.TakeAsync(Billing, "another", null, CancellationToken.None);

        var problem = await IsRefusedAsync(
            HttpStatusCode.PreconditionFailed, "consumer-moved", await PutAsync(7, "If-Match", made.Headers.ETag!.ToString()));
        Assert.Equal("another", problem.GetProperty("holder").GetString());
    }

    [Fact]
    public async Task A_position_goes_back_only_where_the_request_says_so()
    {
        using var made = await PutAsync(5, "If-None-Match", "*");
        var tag = made.Headers.ETag!.ToString();
        var problem = await IsRefusedAsync(HttpStatusCode.Conflict, "invalid-position", await PutAsync(3, "If-Match", tag));
        Assert.Equal($"{FakeScan.Key(5)}", problem.GetProperty("kept").GetString());

        using var reset = await PutAsync(3, "If-Match", tag, "&reset=true");
        Assert.Equal(HttpStatusCode.OK, reset.StatusCode);
        Assert.Equal($"{FakeScan.Key(3)}", (await JsonOfAsync(reset)).GetProperty("position").GetString());
    }

    [Fact]
    public async Task A_request_that_does_not_say_what_it_has_seen_changes_nothing()
    {
        using var answer = await _silo.Client.PutAsync($"/consumers/billing?position={FakeScan.Key(5)}", content: null);
        Assert.Equal(HttpStatusCode.PreconditionRequired, answer.StatusCode);
        Assert.Null(await _silo.Consumers.FindAsync(Billing, CancellationToken.None));
    }

    [Theory]
    [InlineData("/consumers/-a", "invalid-consumer-name")]
    [InlineData("/consumers/a%20b", "invalid-consumer-name")]
    public async Task A_name_that_is_none_is_refused(string path, string type) =>
        await IsRefusedAsync(HttpStatusCode.BadRequest, type, await _silo.Client.GetAsync(path));

    [Theory]
    [InlineData("", "'position' is given 0 times")]
    [InlineData("?position=seven", "position is 'seven'")]
    [InlineData("?position=20251122T000000000000012000&reset=yes", "reset is 'yes'")]
    [InlineData("?position=20251122T000000000000012000&to=5", "'to' is not a parameter of a consumer")]
    public async Task A_query_that_makes_no_sense_is_refused_with_what_would(string query, string said)
    {
        using var answer = await _silo.Client.PutAsync($"/consumers/billing{query}", content: null);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> JsonOfAsync(HttpResponseMessage answer) => JsonElement.Parse(await answer.Content.ReadAsStringAsync());

    private static async Task<JsonElement> IsRefusedAsync(HttpStatusCode status, string type, HttpResponseMessage answer)
    {
        var problem = await JsonOfAsync(answer);
        Assert.Equal((status, $"urn:alldata:problem:{type}"), (answer.StatusCode, problem.GetProperty("type").GetString()));
        answer.Dispose();
        return problem;
    }

    private async Task<HttpResponseMessage> PutAsync(int position, string header, string value, string more = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/consumers/billing?position={FakeScan.Key(position)}{more}");
        request.Headers.TryAddWithoutValidation(header, value);
        return await _silo.Client.SendAsync(request);
    }
}
