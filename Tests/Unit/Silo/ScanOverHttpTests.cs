using System.Net;
using System.Text.Json;
using AllData.Certificates;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class ScanOverHttpTests : IAsyncLifetime
{
    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Events_come_as_lines_and_a_last_line_says_that_they_are_all()
    {
        Answer(new FakeScan().AddMany(7));
        var response = await _silo.Client.GetAsync("/events");
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.ToString());
        var lines = await LinesOf(response);
        Assert.Equal(
            Enumerable.Range(0, 7).Select(i => $$$"""{"key":"{{{FakeScan.Key(i)}}}","event":{"x":{{{i}}},"user":"u{{{i}}}"}}"""), lines[..^1]);
        var end = JsonDocument.Parse(lines[^1]).RootElement.GetProperty("end");
        Assert.Equal((true, 7, FakeScan.Key(6).ToString()),
            (end.GetProperty("complete").GetBoolean(), end.GetProperty("events").GetInt32(), end.GetProperty("lastKey").GetString()));
    }

    [Fact]
    public async Task What_is_in_doubt_is_said_at_the_end()
    {
        Answer(new FakeScan { Doubts = [FakeScan.Doubt("west-c"), FakeScan.Doubt("west-c") with { Peer = default, Cluster = "west" }] }.AddMany(2));
        var end = JsonDocument.Parse((await LinesOf(await _silo.Client.GetAsync("/events")))[^1]).RootElement.GetProperty("end");
        Assert.False(end.GetProperty("complete").GetBoolean());
        const string rest = "\"from\":\"20251122T000000000000000000\",\"to\":\"20251123T000000000000000000\",\"reason\":\"It did not answer.\"}";
        Assert.Equal($$"""[{"peer":"west-c",{{rest}},{"cluster":"west",{{rest}}]""", end.GetProperty("doubts").GetRawText());
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("?scope=store", null)]
    [InlineData("?scope=cluster", "cluster")]
    public async Task A_scan_of_one_cluster_says_so_at_its_end(string query, string? scope)
    {
        Answer(new FakeScan().AddMany(2));
        var end = JsonDocument.Parse((await LinesOf(await _silo.Client.GetAsync($"/events{query}")))[^1]).RootElement.GetProperty("end");
        Assert.Equal(scope, end.TryGetProperty("scope", out var said) ? said.GetString() : null);
    }

    [Theory]
    [InlineData("", "20251122T110000,20251122T120000,20251122T130000")]
    [InlineData("?from=20251122T11&to=20251122T13", "20251122T110000,20251122T120000")]
    [InlineData("?from=20251122T110000000000000001&to=20251122T135959", "20251122T120000")]
    [InlineData("?after=20251122T120000000000000000", "20251122T130000")]
    [InlineData("?after=20251122T115959999999999999", "20251122T120000,20251122T130000")]
    [InlineData("?limit=2", "20251122T110000")]
    [InlineData("?limit=3", "20251122T110000,20251122T120000,20251122T130000")]
    [InlineData("?scope=cluster", "20251122T110000,20251122T120000,20251122T130000")]
    [InlineData("?topic=orders", null)]
    [InlineData("", null, true)]
    [InlineData("?scope=cluster", "20251122T110000,20251122T120000,20251122T130000", true)]
    public async Task A_scan_says_at_its_end_what_is_certified_of_the_intervals_that_it_has_read(string query, string? expected, bool isOneOfSeveral = false)
    {
        _silo.Certificates.IsOfWholeStore = !isOneOfSeveral;
        _silo.Certificates.Sealed = [.. Enumerable.Range(11, 3).Select(static hour => new CertifiedInterval(
            Interval.Containing(new DateTimeOffset(2025, 11, 22, hour, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), TimeSpan.FromHours(1)),
            2, CertificateState.CompleteDegraded, 7, 0, TreeHash.OfLeaf([(byte)hour]), hour))];
        ScannedEvent[] events = [.. new[] { "20251122T110100000000000000", "20251122T120100000000000000" }.Select(static key =>
            new ScannedEvent(EventKey.Parse(key), "1"u8.ToArray(), false))];
        _silo.Store.OnScan = range => EventScan.Of(events, range).ReadPagesAsync();

        var end = JsonDocument.Parse((await LinesOf(await _silo.Client.GetAsync($"/events{query}")))[^1]).RootElement.GetProperty("end");

        Assert.Equal(expected, end.TryGetProperty("certificates", out var said)
            ? string.Join(',', said.EnumerateArray().Select(static c => c.GetProperty("interval").GetString()))
            : null);
        foreach (var one in said.ValueKind == JsonValueKind.Array ? said.EnumerateArray() : [])
        {
            Assert.Equal((2, 7), (one.GetProperty("version").GetInt32(), one.GetProperty("events").GetInt32()));
            Assert.Equal(("complete-degraded", 64), (one.GetProperty("state").GetString(), one.GetProperty("root").GetString()!.Length));
        }
    }

    [Fact]
    public async Task A_log_of_certificates_that_cannot_be_read_keeps_no_events_back()
    {
        _silo.Certificates.Sealed = null;
        Answer(new FakeScan().AddMany(2));

        var lines = await LinesOf(await _silo.Client.GetAsync("/events"));

        Assert.Equal(3, lines.Length);
        Assert.DoesNotContain("certificates", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_shows_the_topic_of_its_event_and_the_query_selects_by_it()
    {
        ScannedEvent[] events =
        [
            new(FakeScan.Key(1), "1"u8.ToArray(), false) { Topic = Topic.Parse("orders") },
            new(FakeScan.Key(2), "2"u8.ToArray(), false),
            new(FakeScan.Key(3), new byte[] { 0xFF }, false) { Topic = Topic.Parse("orders") },
        ];
        _silo.Store.OnScan = range => EventScan.Of(events, range).ReadPagesAsync();
        var (one, two, three) = (FakeScan.Key(1), FakeScan.Key(2), FakeScan.Key(3));
        string[] all =
        [
            $$"""{"key":"{{one}}","topic":"orders","event":1}""",
            $$"""{"key":"{{two}}","event":2}""",
            $$"""{"key":"{{three}}","topic":"orders","base64":"/w=="}""",
        ];
        Assert.Equal(all, (await LinesOf(await _silo.Client.GetAsync("/events")))[..^1]);
        Assert.Equal([all[0], all[2]], (await LinesOf(await _silo.Client.GetAsync("/events?topic=orders")))[..^1]);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await _silo.Client.GetAsync("/events?topic=a%20b")).StatusCode);
    }

    [Fact]
    public async Task The_range_is_what_the_query_says()
    {
        ScanRange? asked = null;
        _silo.Store.OnScan = range =>
        {
            asked = range;
            return new FakeScan().Read(range);
        };
        await _silo.Client.GetAsync($"/events?from=20251122&to=2025-11-22T10:00Z&after={FakeScan.Key(5)}&limit=20");
        Assert.Equal(
            new ScanRange
            {
                From = Events.EventKey.FirstAt(FakeScan.Day),
                To = Events.EventKey.FirstAt(FakeScan.Day + 36_000_000),
                After = FakeScan.Key(5),
                Limit = 20
            },
            asked);
    }

    [Theory]
    [InlineData("from=yesterday", "yesterday")]
    [InlineData("limit=0", "limit")]
    [InlineData("scope=region", "store")]
    [InlineData("scope=Cluster", "cluster")]
    [InlineData("after=20251122", "after")]
    [InlineData("from=20251123&to=20251122", "to is")]
    [InlineData("upto=20251122", "upto")]
    [InlineData("from=2025-11-22T10:00:00+01:00", "write %2B for it (2025-11-22T10:00:00%2B01:00)")]
    [InlineData("from=20251122&from=20251123", "2 times")]
    [InlineData("from=1969-12-31T23:59:59Z", "1970")]
    [InlineData("from=0001-01-01T00:00:00Z", "1970")]
    [InlineData("from=1970-01-01T00:00:00%2B01:00", "1970")]
    [InlineData("from=2025-11-22T10:00Z%00", "is not a time")]
    [InlineData("from=20251122%00", "is not a time")]
    [InlineData("after=20260305T120000000000500%00%00%00", "is not a key")]
    [InlineData("limit=5%00", "limit")]
    [InlineData("limit=9223372036854775808", "limit")]
    public async Task A_query_that_makes_no_sense_is_answered_with_400_and_what_would(string query, string said)
    {
        var response = await _silo.Client.GetAsync($"/events?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(said, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    [InlineData("9999-12-31T23:59:59.9990001%2B00:00")]
    public async Task A_time_behind_the_last_key_is_the_largest_key(string time)
    {
        ScanRange? asked = null;
        _silo.Store.OnScan = range =>
        {
            asked = range;
            return new FakeScan().Read(range);
        };
        Assert.Equal(HttpStatusCode.OK, (await _silo.Client.GetAsync($"/events?from={time}")).StatusCode);
        Assert.Equal(Events.EventKey.MaxValue, asked?.From);
    }

    [Fact]
    public async Task Too_many_scans_are_told_to_come_back()
    {
        Answer(new FakeScan { Fails = (0, new TooManyScansException(8)) });
        var response = await _silo.Client.GetAsync("/events");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero, "there is no Retry-After");
    }

    [Fact]
    public async Task What_fails_before_the_first_page_is_a_problem_that_speaks_of_no_write()
    {
        Answer(new FakeScan { Fails = (0, new InvalidOperationException("the disk is gone")) });
        var response = await _silo.Client.GetAsync("/events");
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("The silo's log says more", problem.GetProperty("detail").GetString());
        Assert.False(problem.TryGetProperty("written", out _), problem.ToString());
    }

    [Fact]
    public async Task An_answer_that_fails_on_the_way_is_cut_off_and_has_no_last_line()
    {
        Answer(new FakeScan { Fails = (5, new InvalidOperationException("the disk is gone")) }.AddMany(9));
        var response = await _silo.Client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    private void Answer(FakeScan scan) => _silo.Store.OnScan = scan.Read;

    private static async Task<string[]> LinesOf(HttpResponseMessage response) =>
        (await response.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n');
}
