using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class IngestTests : IAsyncLifetime
{
    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync(new Dictionary<string, string?>
    {
        ["Http:Ingest:BatchEvents"] = "10",
        ["Limits:MaxEventBytes"] = "100",

        // What is sent here must unpack to the end.
        ["Http:Ingest:MaxRatio"] = "10000",
    });

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Theory]
    [InlineData("\uFEFF{\"a\":1}\n2\n")]
    [InlineData("\uFEFF{\"a\":1}\r\n2")]
    public async Task A_byte_order_mark_before_the_first_line_is_the_files_and_not_the_events(string body)
    {
        var response = await PostAsync(body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["{\"a\":1}", "2"], _silo.Store.Lines);
    }

    [Fact]
    public async Task A_largest_event_behind_a_byte_order_mark_is_taken_and_a_mark_anywhere_else_is_not()
    {
        var largest = $"\"{new string('x', 98)}\"";
        Assert.Equal(HttpStatusCode.OK, (await PostAsync($"\uFEFF{largest}\r\n")).StatusCode);
        Assert.Equal([largest], _silo.Store.Lines);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("1\n\uFEFF2\n")).StatusCode);
    }

    [Fact]
    public async Task Each_line_is_stored_as_one_event_exactly_as_it_was_sent_under_keys_reserved_before()
    {
        var response = await PostAsync("{\"a\": 1.50 }\n \"é\"\t\nnull\n");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            $$"""{"events":3,"stored":3,"alreadyStored":0,"failed":0,"firstKey":"{{FakeEventStore.ReservedKey(0)}}","lastKey":"{{FakeEventStore.ReservedKey(2)}}","errors":[],"stopped":null}""",
            await response.Content.ReadAsStringAsync());
        Assert.Equal(["{\"a\": 1.50 }", " \"é\"\t", "null"], _silo.Store.Lines);
        Assert.All(_silo.Store.Batches, batch => Assert.True(batch.HasKeys));
        Assert.Equal(0, _silo.Waiting.Taken);
    }

    [Theory]
    [InlineData("1\r\n2\r\n", new[] { "1", "2" })]
    [InlineData("1\n2", new[] { "1", "2" })]
    [InlineData("1\r\n2\r", new[] { "1", "2" })]
    [InlineData("\n\r\n1\n\n\r\n2\n\n", new[] { "1", "2" })]
    [InlineData("", new string[0])]
    [InlineData("\n\r\n\r", new string[0])]
    public async Task Line_ends_are_LF_or_CRLF_the_last_may_be_missing_and_empty_lines_are_skipped(string body, string[] events)
    {
        var report = await ReportAsync(await PostAsync(body), HttpStatusCode.OK);

        Assert.Equal(events, _silo.Store.Lines);
        Assert.Equal(events.Length, report.GetProperty("events").GetInt32());
    }

    [Fact]
    public async Task A_line_that_is_not_JSON_or_too_large_fails_with_its_number_and_the_others_are_stored()
    {
        var response = await PostAsync($"1\n\n{{]\n\"{new string('x', 98)}\"\n\"{new string('x', 99)}\"\n{new string(' ', 5_000)}\n5\n");

        var report = await ReportAsync(response, HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(["1", $"\"{new string('x', 98)}\"", "5"], _silo.Store.Lines);
        Assert.Equal((6, 3, 3), (Number(report, "events"), Number(report, "stored"), Number(report, "failed")));
        var errors = report.GetProperty("errors").EnumerateArray().ToArray();
        Assert.Equal([3, 5, 6], errors.Select(e => Number(e, "line")));
        Assert.Equal(
            ["urn:alldata:problem:invalid-event", "urn:alldata:problem:event-too-large", "urn:alldata:problem:event-too-large"],
            errors.Select(e => e.GetProperty("type").GetString()));
        Assert.Contains("not JSON (byte 2)", errors[0].GetProperty("detail").GetString());
    }

    [Fact]
    public async Task When_only_lines_are_wrong_the_status_is_400_and_no_more_than_a_hundred_errors_are_told()
    {
        var report = await ReportAsync(await PostAsync(string.Concat(Enumerable.Repeat("x\n", 250))), HttpStatusCode.BadRequest);

        Assert.Equal(250, Number(report, "failed"));
        Assert.Equal(100, report.GetProperty("errors").GetArrayLength());
        Assert.Empty(_silo.Store.Batches);
    }

    [Fact]
    public async Task Receipts_come_for_each_line_in_the_order_of_the_lines_over_many_batches_and_then_the_end()
    {
        var first = new TaskCompletionSource();
        _silo.Store.OnPutMany = async batch =>
        {
            // The first batch is answered last.
            if (FakeEventStore.PayloadsOf(batch)[0] == "1")
            {
                await first.Task;
            }
            else
            {
                first.TrySetResult();
            }

            return FakeEventStore.AllStored(batch);
        };

        var response = await PostAsync(string.Concat(Enumerable.Range(1, 95).Select(i => i % 20 == 0 ? "bad\n" : $"{i}\n")), "?receipts=true");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        var lines = text.Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.Equal(
            $$"""{"line":1,"key":"{{FakeEventStore.ReservedKey(0)}}","outcome":"stored","adherence":"underReplicated","replicas":[{"peer":"north-a","region":"north","zone":"a"},{"peer":"west-c","region":"west","zone":"c"}]}""",
            lines[0]);
        var receipts = lines[..^2].Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();
        Assert.Equal(Enumerable.Range(1, 95), receipts.Select(r => Number(r, "line")));
        Assert.Equal([20, 40, 60, 80], receipts.Where(r => r.TryGetProperty("error", out _)).Select(r => Number(r, "line")));
        Assert.Equal("urn:alldata:problem:invalid-event", receipts[19].GetProperty("error").GetProperty("type").GetString());
        var end = JsonSerializer.Deserialize<JsonElement>(lines[^2]).GetProperty("end");
        Assert.Equal((95, 91, 4), (Number(end, "events"), Number(end, "stored"), Number(end, "failed")));
    }

    [Fact]
    public async Task A_receipt_of_a_line_says_of_regions_what_a_receipt_says_and_the_fallback_reaches_the_store()
    {
        var regions = new RegionCoverage(1, 2) { Owed = [new RegionOutage("west", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))], FellBack = true };
        var answer = new PutAnswer { Replicas = [FakeEventStore.NorthA], Level = CommitLevel.One, Adherence = Adherence.Relaxed, Regions = regions };
        _silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(batch, _ => answer));

        var response = await PostAsync("1\n", "?receipts=true&minRegions=2&else=one");

        Assert.Equal([new PutOptions { MinRegions = 2, Else = CommitLevel.One }], _silo.Store.Asked);
        Assert.Equal(
            $$"""{"line":1,"key":"{{FakeEventStore.ReservedKey(0)}}","outcome":"stored","adherence":"relaxed","replicas":[{"peer":"north-a","region":"north","zone":"a"}],"level":"one","regions":{"held":1,"wanted":2},"owed":[{"region":"west","since":"2026-01-02T03:04:05+00:00"}],"fellBack":true}""",
            (await response.Content.ReadAsStringAsync()).Split('\n')[0]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_body_is_decompressed_as_it_arrives(string coding)
    {
        var text = string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{{\"a\":{i}}}\n"));

        var report = await ReportAsync(await PostAsync(Compressed(coding, text), coding), HttpStatusCode.OK);

        Assert.Equal(1_000, Number(report, "stored"));
        Assert.Equal(text, string.Concat(_silo.Store.Lines.Select(line => line + "\n")));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_body_that_was_cut_off_or_is_none_answers_400_and_no_half_line_is_stored(string coding)
    {
        // Cut, each prefix of the line would be a number, too.
        var text = "1\n" + string.Concat(Enumerable.Range(0, 30));
        var cut = await PostAsync(Compressed(coding, text)[..^3], coding);
        var none = await PostAsync("plain"u8.ToArray(), coding);

        Assert.DoesNotContain(_silo.Store.Lines, line => line != "1");
        Assert.NotEqual(JsonValueKind.Null, (await ReportAsync(cut, HttpStatusCode.BadRequest)).GetProperty("stopped").ValueKind);
        Assert.NotEqual(JsonValueKind.Null, (await ReportAsync(none, HttpStatusCode.BadRequest)).GetProperty("stopped").ValueKind);
    }

    [Fact]
    public async Task A_body_that_unpacks_to_one_endless_line_is_one_error_and_the_next_line_is_stored()
    {
        var report = await ReportAsync(
            await PostAsync(Compressed("gzip", new string('\0', 50_000_000) + "\n1\n"), "gzip"), HttpStatusCode.RequestEntityTooLarge);

        Assert.Equal((1, 1), (Number(report, "stored"), Number(report, "failed")));
        Assert.Equal("urn:alldata:problem:event-too-large", report.GetProperty("errors")[0].GetProperty("type").GetString());
        Assert.Equal("1", Assert.Single(_silo.Store.Lines));
    }

    [Theory]
    [InlineData("application/x-ndjson; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("application/jsonlines", HttpStatusCode.OK)]
    [InlineData("text/plain", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    public async Task Only_bodies_that_may_be_lines_are_taken(string? type, HttpStatusCode status)
    {
        var content = new ByteArrayContent("1\n"u8.ToArray());
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        var response = await _silo.Client.PostAsync("/events", content);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, _silo.Store.Lines.Length);
        Assert.Equal(status != HttpStatusCode.OK, response.Headers.Contains("Accept"));
    }

    [Fact]
    public async Task An_unknown_content_coding_answers_415_and_names_those_that_are_taken()
    {
        var response = await PostAsync("1\n"u8.ToArray(), "deflate");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("gzip, br, identity", string.Join(", ", response.Headers.GetValues("Accept-Encoding")));
    }

    [Fact]
    public async Task The_query_becomes_the_options_of_all_batches_and_what_makes_no_sense_answers_400()
    {
        await PostAsync(string.Concat(Enumerable.Repeat("1\n", 25)), "?level=one&receipts=false");
        var bad = await PostAsync("1\n", "?receipts=maybe");
        var unknown = await PostAsync("1\n", "?receipts=true&levle=one");

        Assert.All(_silo.Store.Asked, options => Assert.Equal(new PutOptions { Level = CommitLevel.One }, options));
        Assert.Equal(25, _silo.Store.Lines.Length);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Fact]
    public async Task Lines_that_the_store_fails_are_told_with_their_keys_and_the_gravest_kind_is_the_status()
    {
        _silo.Store.OnPutMany = batch => Task.FromResult(FakeEventStore.Answered(batch, i => i switch
        {
            0 => new PutAnswer { Outcome = PutOutcome.AlreadyStored },
            1 => PutAnswer.Failed(new NotEnoughPeersException("Three are needed.", 3, 2)),
            _ => new PutAnswer(),
        }));

        var report = await ReportAsync(await PostAsync("1\n2\nx\n3\n"), HttpStatusCode.ServiceUnavailable);

        Assert.Equal((1, 1, 2), (Number(report, "alreadyStored"), Number(report, "stored"), Number(report, "failed")));
        var error = report.GetProperty("errors")[0];
        Assert.Equal(
            $$"""{"line":2,"key":"{{FakeEventStore.ReservedKey(1)}}","type":"urn:alldata:problem:not-enough-peers","detail":"Three are needed.","written":"nothing"}""", error.GetRawText());
    }

    [Fact]
    public async Task When_no_key_can_be_had_the_lines_fail_and_nothing_is_put()
    {
        _silo.Store.OnReserve = _ => throw new KeysUnavailableException("No ordinal yet.");

        var report = await ReportAsync(await PostAsync("1\nx\n2\n"), HttpStatusCode.ServiceUnavailable);

        Assert.Equal([1, 2, 3], report.GetProperty("errors").EnumerateArray().Select(e => Number(e, "line")));
        Assert.Empty(_silo.Store.Batches);
        Assert.Equal(0, _silo.Waiting.Taken);
    }

    private static byte[] Compressed(string coding, string text)
    {
        var bytes = new MemoryStream();
        using (Stream stream = coding == "gzip"
            ? new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)
            : new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    private static int Number(JsonElement document, string name) => document.GetProperty(name).GetInt32();

    private static async Task<JsonElement> ReportAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private Task<HttpResponseMessage> PostAsync(string body, string query = "") =>
        _silo.Client.PostAsync("/events" + query, new StringContent(body, Encoding.UTF8, "application/x-ndjson"));

    private Task<HttpResponseMessage> PostAsync(byte[] body, string coding)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentEncoding.Add(coding);
        return _silo.Client.PostAsync("/events", content);
    }
}
