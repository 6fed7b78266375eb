using System.Net;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class HttpConnectionTests
{
    private const string Head = "POST / HTTP/1.1\r\nHost: localhost\r\n";

    [Theory]
    [InlineData("Content-Length: 13\r\n\r\n{\"foo\":", true)]
    [InlineData("Content-Length: 13\r\n\r\n{\"foo\":", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", false)]
    public async Task A_connection_cut_in_the_middle_of_a_body_writes_nothing_and_the_silo_lives_on(string rest, bool reset)
    {
        await using var silo = await HttpSilo.StartAsync();
        using (var connection = await RawConnection.OpenAsync(silo.Address))
        {
            await connection.SendAsync(Head + rest);
            await Eventually.IsAsync("the half body has arrived", () => silo.Waiting.Taken, taken => taken > 0);
            if (reset)
            {
                connection.Reset();
            }
            else
            {
                connection.FinishSending();
                await connection.ReadToEndAsync();
            }
        }

        await Eventually.IsAsync("the half body was let go", () => silo.Waiting.Taken, taken => taken == 0);
        Assert.Empty(silo.Store.Puts);
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task A_body_slower_than_the_lowest_rate_answers_408_and_writes_nothing()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?>
        {
            ["Http:MinBodyBytesPerSecond"] = "1000000",
            ["Http:BodyRateGrace"] = "00:00:01.1",

            // Before the server's own grace period ends: were the rate not set, this would answer first.
            ["Http:BodyTimeout"] = "00:00:04.5",
        });
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(Head + "Content-Length: 13\r\n\r\n{\"foo\":");

        var answer = await connection.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.DoesNotContain("did not arrive within", answer);
        Assert.Empty(silo.Store.Puts);
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task A_body_that_takes_too_long_as_a_whole_answers_408_closes_the_connection_and_writes_nothing()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:BodyTimeout"] = "00:00:00.2" });
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(Head + "Content-Length: 13\r\n\r\n{\"foo\":");
        var answer = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.Contains("did not arrive within 0.2 s", answer);
        Assert.Empty(silo.Store.Puts);
        Assert.Equal(0, silo.Waiting.Taken);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task What_is_not_a_proper_request_answers_400_or_411_and_the_silo_lives_on(string request)
    {
        await using var silo = await HttpSilo.StartAsync();
        using var connection = await RawConnection.OpenAsync(silo.Address);

        await connection.SendAsync(request);

        Assert.Matches(@"^HTTP/1\.1 (400|411|501) ", await connection.ReadToEndAsync());
        Assert.Empty(silo.Store.Puts);
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task A_connection_beyond_the_limit_is_closed_and_those_within_it_go_on()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:MaxConnections"] = "1" });
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);

        using var connection = await RawConnection.OpenAsync(silo.Address);
        var answer = await connection.ReadToEndAsync();

        Assert.Equal("", answer);
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task The_health_port_answers_while_all_connections_are_taken_by_any_name_and_nothing_else()
    {
        var port = FreePorts.ForLocalCluster(1);
        await using var silo = await HttpSilo.StartAsync(
            new Dictionary<string, string?> { ["Http:MaxConnections"] = "1", ["Http:HealthPort"] = $"{port}" });
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);

        using var other = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        other.DefaultRequestHeaders.Host = "health.of.a.container";

        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync("/events")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.PostAsync("/", new StringContent("1"))).StatusCode);
        Assert.Single(silo.Store.Puts);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await AskAsync(silo, "health.of.a.container"));
    }

    private static async Task<HttpStatusCode> AskAsync(HttpSilo silo, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = host } };
        return (await silo.Client.SendAsync(request)).StatusCode;
    }

    [Fact]
    public async Task A_caller_that_leaves_before_the_answer_does_not_stop_its_put()
    {
        await using var silo = await HttpSilo.StartAsync();
        var release = new TaskCompletionSource();
        var answered = new TaskCompletionSource();
        silo.Store.OnPut = async put =>
        {
            await release.Task;
            answered.SetResult();
            return FakeEventStore.Receipt(FakeEventStore.FreshKey);
        };
        using (var connection = await RawConnection.OpenAsync(silo.Address))
        {
            await connection.SendAsync(Head + "Content-Length: 1\r\n\r\n1");
            await Eventually.IsAsync("the put waits in the store", () => silo.Store.Puts.Count, count => count == 1);
            connection.Reset();
        }

        release.SetResult();
        await answered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.IsAsync("its bytes are given back", () => silo.Waiting.Taken, taken => taken == 0);
    }
}
