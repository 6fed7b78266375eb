using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AllData.Copies;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Silo.Http.Console;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>The console over HTTP: its files and what browsers are told of them, its stream, explain, and orders.</summary>
public sealed partial class ConsoleOverHttpTests : IAsyncLifetime
{
    private const string Key = "20261130T120000000000010001";

    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Each_file_is_served_under_a_policy_that_fetches_nothing_from_elsewhere_and_runs_nothing_in_the_markup()
    {
        foreach (var path in ConsolePages.Paths)
        {
            using var answer = await _silo.Client.GetAsync(path);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            Assert.True(answer.Headers.CacheControl!.NoCache);

            using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", answer.Headers.ETag!.Tag } } };
            Assert.Equal(HttpStatusCode.NotModified, (await _silo.Client.SendAsync(again)).StatusCode);
        }
    }

    [Fact]
    public async Task The_page_has_no_script_or_style_in_its_markup_and_no_script_makes_markup_of_text()
    {
        var page = await _silo.Client.GetStringAsync(ConsolePages.Root);

        Assert.Empty(InMarkup().Matches(page));
        Assert.Empty(Elsewhere().Matches(page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal)));
        foreach (var path in ConsolePages.Paths.Where(static p => p.EndsWith(".js", StringComparison.Ordinal)))
        {
            Assert.DoesNotMatch(
                "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|localStorage|sessionStorage", await _silo.Client.GetStringAsync(path));
        }
    }

    [Fact]
    public async Task The_stream_begins_with_all_sections_and_each_page_gets_its_own()
    {
        using var answer = await _silo.Client.GetAsync("/console/stream?once=true");

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("event: map\ndata: {\"silo\":\"north-a\"", text, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"alive\"", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        await Eventually.IsAsync("its place is free again", () => ViewersOf(_silo), static viewers => viewers == 0);
    }

    [Fact]
    public async Task One_page_too_many_is_refused()
    {
        using var stop = new CancellationTokenSource();
        var pages = new List<HttpResponseMessage>();
        for (var i = 0; i < ConsoleGathering.MaxViewers; i++)
        {
            pages.Add(await _silo.Client.GetAsync("/console/stream", HttpCompletionOption.ResponseHeadersRead, stop.Token));
        }

        using var refused = await _silo.Client.GetAsync("/console/stream");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("too-many-consoles", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        pages.ForEach(static page => page.Dispose());
        await Eventually.IsAsync("their places are free again", () => ViewersOf(_silo), static viewers => viewers == 0);
    }

    [Fact]
    public async Task Explain_says_where_each_copy_lies_who_was_meant_to_hold_it_and_why_one_did_not_answer()
    {
        var copyset = new CopysetDefinition(new CopysetId(7), [1, 2, 3], 3);
        _silo.Cluster.OnAsked = (peer, key) => peer.Value switch
        {
            "north-a" or "west-d" => new AskedPeer(peer, [new HeldKey(key, [EventDigest.Of(key, "1"u8)]) { Copysets = [copyset] }]),
            "north-b" => new AskedPeer(peer, [], "It was not asked: no silo hosts it."),
            "east-e" => new AskedPeer(peer, [], "It was asked and failed: /var/lib/alldata/store.db is gone."),
            _ => new AskedPeer(peer, []),
        };

        var answer = JsonElement.Parse(await _silo.Client.GetStringAsync($"/console/explain/{Key}"));

        var copies = answer.GetProperty("events")[0].GetProperty("copies").EnumerateArray()
            .Select(static c => $"{c.GetProperty("peer")} {c.GetProperty("state")}");
        Assert.Equal(["north-a held", "north-b unknown", "west-c missing", "west-d extra"], copies);
        Assert.Equal("2 of 3 copies. Owed by west-c.", answer.GetProperty("events")[0].GetProperty("sentence").GetString());
        Assert.Equal(
            ["east-e: It was asked and failed: …/store.db is gone.", "north-b: It was not asked: no silo hosts it."],
            answer.GetProperty("silent").EnumerateArray().Select(static s => $"{s.GetProperty("peer")}: {s.GetProperty("reason")}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await _silo.Client.GetAsync("/console/explain/nonsense")).StatusCode);
    }

    [Theory]
    [InlineData("drain", "Drain")]
    [InlineData("undrain", "Undrain")]
    [InlineData("drop", "Drop")]
    public async Task An_order_reaches_the_registry(string name, string order)
    {
        using var answer = await _silo.Client.PostAsync($"/console/peers/west-c/{name}", null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([(order, "west-c")], _silo.Cluster.Orders.Select(static o => ($"{o.Order}", o.Peer.Value)));
    }

    [Fact]
    public async Task What_the_registry_refuses_is_a_409_with_its_sentence_and_an_unknown_peer_a_404()
    {
        _silo.Cluster.OnOrder = static (order, peer) => throw (order == PeerOrder.Drop
            ? (Exception)new PeerStillNeededException("Peer 'west-c' is not dropped: 5 blocks.", peer, Check(5))
            : new PeerRefusedException("It is of another cluster.", peer));

        using var dropped = await _silo.Client.PostAsync("/console/peers/west-c/drop", null);
        using var drained = await _silo.Client.PostAsync("/console/peers/west-c/drain", null);
        using var unknown = await _silo.Client.PostAsync("/console/peers/nowhere/drop", null);

        Assert.Equal(
            new[] { HttpStatusCode.Conflict, HttpStatusCode.Conflict, HttpStatusCode.NotFound },
            new[] { dropped.StatusCode, drained.StatusCode, unknown.StatusCode });
        Assert.Contains("Peer 'west-c' is not dropped: 5 blocks.", await dropped.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("urn:alldata:problem:peer-refused", await drained.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_count_is_streamed_and_its_last_line_says_what_the_registry_would_say()
    {
        _silo.Cluster.Checks = [Check(0) with { IsEnded = false }, Check(5)];

        var lines = (await _silo.Client.GetStringAsync("/console/peers/west-c/departure")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        Assert.Contains("5 blocks with 50 events would be left with too few copies", JsonElement.Parse(lines[1]).GetProperty("whyKept").GetString());
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Host", "rebind.evil.example")]
    public async Task A_page_of_another_site_gives_no_order_and_reads_no_stream(string header, string value)
    {
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/console/peers/west-c/drain"), (HttpMethod.Get, "/console/stream?once=true") })
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.TryAddWithoutValidation(header, value);
            using var answer = await _silo.Client.SendAsync(request);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.MisdirectedRequest });
        }

        Assert.Empty(_silo.Cluster.Orders);
        Assert.Equal(0, _silo.Cluster.Questions);
    }

    [Theory]
    [InlineData("/console", "navigate", "document", HttpStatusCode.OK)]
    [InlineData("/console", "navigate", "iframe", HttpStatusCode.Forbidden)]
    [InlineData("/console", "cors", "empty", HttpStatusCode.Forbidden)]
    [InlineData("/console/stream?once=true", "navigate", "document", HttpStatusCode.Forbidden)]
    [InlineData("/console/main.js", "navigate", "document", HttpStatusCode.Forbidden)]
    public async Task A_link_in_a_page_of_another_site_opens_the_page_and_nothing_else(string path, string mode, string destination, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Headers = { { "Sec-Fetch-Site", "cross-site" }, { "Sec-Fetch-Mode", mode }, { "Sec-Fetch-Dest", destination } },
        };

        Assert.Equal(expected, (await _silo.Client.SendAsync(request)).StatusCode);
    }

    private static int ViewersOf(HttpSilo silo) => silo.Service<ConsoleGathering>().Viewers;

    private static DepartureCheck Check(long blocks) => new()
    {
        MinutesChecked = 1,
        MinutesTotal = 2,
        Blocks = 10,
        Events = 100,
        Shortages = blocks == 0 ? [] : [new CopyShortage(1, 3, blocks, 10 * blocks, EventKey.FirstAt(0))],
        NotAnswering = [],
        IsEnded = true,
    };

    [GeneratedRegex("""<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:""", RegexOptions.IgnoreCase)]
    private static partial Regex InMarkup();

    [GeneratedRegex("""(https?:)?//[a-z]""", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();
}
