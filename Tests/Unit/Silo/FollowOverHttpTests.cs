using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Silo.Http.Following;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class FollowOverHttpTests : IAsyncLifetime
{
    private static readonly FollowPage[] Given =
    [
        new(null, FakeScan.Key(0), FakeScan.Key(0), []),
        new(PageOf(1, 2, 2), FakeScan.Key(5), FakeScan.Key(9), []),
        new(null, FakeScan.Key(5), FakeScan.Key(9), [FakeScan.Doubt("west-c"), FakeScan.Doubt("west-d") with { Peer = default, Cluster = "west" }]),
    ];

    private readonly List<FollowStart> _asked = [];
    private HttpSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await HttpSilo.StartAsync();
        _silo.Store.OnFollow = start =>
        {
            _asked.Add(start);
            return Given.ToAsyncEnumerable();
        };
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Events_come_as_lines_with_lines_between_them_that_say_how_far_the_reader_is()
    {
        var response = await _silo.Client.GetAsync("/events?follow=true");

        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            [
                At(0, 0),
                Line(1, 0, ""),
                Line(2, 1, ",\"conflict\":true"),
                Line(2, 2, ",\"conflict\":true"),
                At(5, 9),
                At(5, 9)[..^2] + ",\"heldUpBy\":[{\"peer\":\"west-c\",\"reason\":\"It did not answer.\"},"
                    + "{\"cluster\":\"west\",\"reason\":\"It did not answer.\"}]}}",
            ],
            (await response.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n'));
        Assert.Equal([FollowStart.Now], _asked);
    }

    [Fact]
    public async Task Server_sent_events_have_the_position_as_their_id_and_of_two_events_under_one_key_only_the_second()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true") { Headers = { Accept = { new("text/event-stream") } } };
        var response = await _silo.Client.SendAsync(request);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        var items = await SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().ToListAsync();

        Assert.Equal(
            [("at", Text(0)), ("message", Text(1)), ("message", null), ("message", Text(2)), ("at", Text(5)), ("at", Text(5))],
            items.Select(static i => (i.EventType, i.EventId)));
        Assert.Equal(Line(2, 2, ",\"conflict\":true"), items[3].Data);
        Assert.Equal("west-c", JsonElement.Parse(items[5].Data).GetProperty("heldUpBy")[0].GetProperty("peer").GetString());

        static string Text(int offset) => FakeScan.Key(offset).ToString();
    }

    [Fact]
    public async Task A_late_event_says_so_and_is_where_it_arrived()
    {
        _silo.Store.OnFollow = static _ => new FollowPage[]
        {
            new(PageOf(1, 3).ArrivedAt(FakeScan.Key(7), FakeScan.Key(8)), FakeScan.Key(8), FakeScan.Key(9), []),
        }.ToAsyncEnumerable();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true") { Headers = { Accept = { new("text/event-stream") } } };
        var response = await _silo.Client.SendAsync(request);
        var items = await SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().ToListAsync();

        Assert.Equal([$"{FakeScan.Key(7)}", $"{FakeScan.Key(8)}", $"{FakeScan.Key(8)}"], items.Select(static i => i.EventId));
        var late = $"\"late\":true,\"position\":\"{FakeScan.Key(8)}\"";
        Assert.Equal($"{{\"key\":\"{FakeScan.Key(3)}\",{late},\"event\":{{\"n\":1}}}}", items[1].Data);
        Assert.Equal(items[1].Data, (await _silo.Client.GetStringAsync("/events?follow=true")).Split('\n')[1]);
    }

    [Fact]
    public void The_events_of_a_page_are_written_once_for_all_readers()
    {
        var first = FollowText.Lines.Write(Given[1]);
        var second = FollowText.Lines.Write(Given[1] with { SafeUpTo = FakeScan.Key(20) });

        Assert.Same(first.Events, second.Events);
        Assert.NotEqual(first.At, second.At);
    }

    [Fact]
    public async Task A_reader_begins_where_the_query_says_and_goes_on_where_it_was()
    {
        await _silo.Client.GetAsync("/events?follow=true&from=2025-11-22");
        await _silo.Client.GetAsync($"/events?follow=true&after={FakeScan.Key(7)}");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true&from=2025-11-22")
        {
            Headers = { { "Last-Event-ID", FakeScan.Key(8).ToString() } },
        };
        await _silo.Client.SendAsync(again);

        Assert.Equal(
            [FollowStart.From(EventKey.FirstAt(FakeScan.Day)), FollowStart.After(FakeScan.Key(7)), FollowStart.After(FakeScan.Key(8))], _asked);
    }

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("text/event-stream")]
    public async Task Live_events_come_as_they_are_given_and_only_the_position_is_where_a_reader_goes_on(string accepted)
    {
        _silo.Store.OnFollowLive = static _ => new[]
        {
            Given[0], new(PageOf(7), FakeScan.Key(0), FakeScan.Key(0), []) { IsLive = true }, new(PageOf(1), FakeScan.Key(5), FakeScan.Key(5), []),
        }.ToAsyncEnumerable();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true&mode=live") { Headers = { Accept = { new(accepted) } } };
        var text = await (await _silo.Client.SendAsync(request)).Content.ReadAsStringAsync();

        if (accepted == "application/x-ndjson")
        {
            Assert.Equal([At(0, 0), Line(7, 0, ""), Line(1, 0, ""), At(5, 5)], text.TrimEnd('\n').Split('\n'));
        }
        else
        {
            Assert.Equal(
                [$"id: {FakeScan.Key(0)}", $"id: {FakeScan.Key(5)}"],
                text.Split('\n').Where(static l => l.StartsWith("id: ", StringComparison.Ordinal)));
        }

        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("follow=true&mode=fast", "mode is 'fast'")]
    [InlineData("follow=yes", "true or false")]
    [InlineData("follow=true&to=20251122", "'to' is not a parameter of a request that follows")]
    [InlineData("follow=true&limit=5", "'limit' is not a parameter")]
    [InlineData("follow=true&after=20251122", "after is '20251122'")]
    [InlineData("follow=true&from=yesterday", "yesterday")]
    [InlineData("follow=true&from=20251122&after=20251122T000000000000012000", "either from or after")]
    [InlineData("follow=true&follow=true", "true or false")]
    public async Task A_query_that_makes_no_sense_is_answered_with_400_and_what_would(string query, string said)
    {
        var response = await _silo.Client.GetAsync($"/events?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(said, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_last_event_id_that_is_none_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true") { Headers = { { "Last-Event-ID", "seven" } } };
        Assert.Equal(HttpStatusCode.BadRequest, (await _silo.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_request_that_does_not_want_to_follow_is_a_scan()
    {
        Assert.Contains("\"end\":", await _silo.Client.GetStringAsync("/events?follow=false"), StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("app", HttpStatusCode.TooManyRequests)]
    [InlineData(null, HttpStatusCode.ServiceUnavailable)]
    public async Task Where_as_many_follow_as_may_the_next_is_told_so(string? caller, HttpStatusCode status)
    {
        _silo.Store.OnFollow = _ => throw new TooManyFollowersException(4, caller);
        var response = await _silo.Client.GetAsync("/events?follow=true");

        Assert.Equal(status, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    private static string Line(int offset, int n, string end) => $"{{\"key\":\"{FakeScan.Key(offset)}\",\"event\":{{\"n\":{n}}}{end}}}";

    private static string At(int position, int safe) =>
        $"{{\"at\":{{\"position\":\"{FakeScan.Key(position)}\",\"safeUpTo\":\"{FakeScan.Key(safe)}\"}}}}";

    private static ScanPage PageOf(params int[] offsets) => FakeScan.PageOf(
        [.. offsets.Select(static (n, i) => (FakeScan.Key(n), (byte[])[.. "{\"n\":"u8, (byte)('0' + i), (byte)'}']))], [FakeScan.Key(2)], [], isLast: false);
}
