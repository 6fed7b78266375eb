using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AllData.Events;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

public sealed class EventBodyTests : IAsyncLifetime
{
    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    public static TheoryData<string, byte[], string> Refused => new()
    {
        { "empty", [], "It is empty" },
        { "white space only", " \n"u8.ToArray(), "It is not JSON (line 2, byte 1): " },
        { "not JSON", "{\"foo\":\n bar}"u8.ToArray(), "It is not JSON (line 2, byte 2): " },
        { "cut short", "{\"foo\":"u8.ToArray(), "It is not JSON" },
        { "a second value", "{} {}"u8.ToArray(), "It is not JSON (byte 4): " },
        { "trailing content", "1 x"u8.ToArray(), "It is not JSON (byte 3): " },
        { "a comment", "// hi\n1"u8.ToArray(), "It is not JSON" },
        { "a comment after it", "1 /* hi */"u8.ToArray(), "It is not JSON" },
        { "a trailing comma", "[1,]"u8.ToArray(), "It is not JSON (byte 4): " },
        { "a byte order mark", [0xEF, 0xBB, 0xBF, (byte)'1'], "It begins with a byte order mark" },
        { "UTF-16", Encoding.Unicode.GetBytes("\"é\""), "It is not valid UTF-8 (byte 3)." },
        { "invalid UTF-8 inside a string", [.. "[1,\n\"aé"u8, 0xC0, 0xAF, .. "\"]"u8], "It is not valid UTF-8 (line 2, byte 5)." },
        { "an encoded surrogate", [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"'], "It is not valid UTF-8 (byte 2)." },
        { "NUL bytes", new byte[16], "It is not JSON (byte 1): " },
        { "too deep", Encoding.ASCII.GetBytes(new string('[', 65) + new string(']', 65)), "It is nested more than 64 deep (byte 65). Flatten it." },
        { "far too deep", Encoding.ASCII.GetBytes(new string('[', 100_000)), "It is nested more than 64 deep (byte 65). Flatten it." },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_body_that_is_not_one_JSON_value_answers_400_and_nothing_is_written(string what, byte[] body, string sentence)
    {
        var response = await _silo.Client.PostAsync("/", new ByteArrayContent(body));

        Assert.True(HttpStatusCode.BadRequest == response.StatusCode, $"{what}: {response.StatusCode}");
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("urn:alldata:problem:invalid-event", problem.GetProperty("type").GetString());
        Assert.Contains(sentence, problem.GetProperty("detail").GetString());
        Assert.Equal("nothing", problem.GetProperty("written").GetString());
        Assert.Empty(_silo.Store.Puts);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Every_way_in_refuses_the_same_with_the_same_sentence(string what, byte[] body, string sentence)
    {
        var fault = JsonCheck.FindFault(body);

        Assert.StartsWith(sentence, fault, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, fault), await AnswerAsync(HttpMethod.Post, "/", body));
        Assert.Equal((HttpStatusCode.BadRequest, fault), await AnswerAsync(HttpMethod.Put, $"/events/{FakeEventStore.FreshKey}", body));
        foreach (var (line, expected) in LinesOf(body).Select(line => (line, JsonCheck.FindFault(line))).Where(static l => l.Item2 is not null))
        {
            var report = await (await PostLinesAsync([.. "1\n"u8, .. line])).Content.ReadFromJsonAsync<JsonElement>();
            var error = Assert.Single(report.GetProperty("errors").EnumerateArray());
            Assert.True(error.GetProperty("detail").GetString() == $"{expected} Each line is one JSON value (RFC 8259).", $"{what}: {error}");
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" {\"a\": [1, 2.5e3, null, true, \"ü\\u00fc\\ud800\"]} ")]
    [InlineData("\"text\"")]
    [InlineData("-0")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [MemberData(nameof(Deep))]
    public async Task Every_way_in_takes_the_same(string text)
    {
        var body = Encoding.UTF8.GetBytes(text);

        Assert.Null(JsonCheck.FindFault(body));
        Assert.Equal(HttpStatusCode.Created, (await AnswerAsync(HttpMethod.Post, "/", body)).Status);
        Assert.Equal(HttpStatusCode.Created, (await AnswerAsync(HttpMethod.Put, $"/events/{FakeEventStore.FreshKey}", body)).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostLinesAsync(body)).StatusCode);
        Assert.Equal([text], _silo.Store.Lines);
    }

    public static TheoryData<string> Deep => new(
        new string('[', 64) + new string(']', 64), string.Concat(Enumerable.Repeat("{\"a\":", 64)) + "1" + new string('}', 64));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_of_one_MiB_is_taken_and_one_byte_more_answers_413_with_limit_and_size(bool chunked)
    {
        var fits = await PostAsync(Event(1_048_576), chunked);
        var tooLarge = await PostAsync(Event(1_048_577), chunked);

        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        Assert.Equal(1_048_576, Assert.Single(_silo.Store.Puts).Bytes.Length);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        var problem = await tooLarge.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("urn:alldata:problem:event-too-large", problem.GetProperty("type").GetString());
        Assert.Equal(1_048_576, problem.GetProperty("limit").GetInt64());
        Assert.Equal(1_048_577, problem.GetProperty("size").GetInt64());
    }

    [Fact]
    public async Task A_body_far_over_the_limit_is_refused_before_it_is_sent_to_a_client_that_asks_first()
    {
        using var connection = await RawConnection.OpenAsync(_silo.Address);

        await connection.SendAsync(
            "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 999999999999\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", await connection.ReadToEndAsync());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("gzip, identity")]
    public async Task A_compressed_body_answers_415(string encoding)
    {
        var content = new ByteArrayContent("1"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        var response = await _silo.Client.PostAsync("/", content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("identity", Assert.Single(response.Headers.GetValues("Accept-Encoding")));
        Assert.Empty(_silo.Store.Puts);
    }

    [Fact]
    public async Task Bodies_beyond_the_bound_of_waiting_bytes_answer_503_and_a_released_one_makes_room()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?>
        {
            ["Limits:MaxEventBytes"] = "100",
            ["Http:MaxWaitingBytes"] = "150",
        });
        var release = new TaskCompletionSource();
        silo.Store.OnPut = async put =>
        {
            await release.Task;
            return FakeEventStore.Receipt(FakeEventStore.FreshKey);
        };
        var waiting = silo.Client.PostAsync("/", new ByteArrayContent(Event(100)));
        await Eventually.IsAsync("the first put waits in the store", () => silo.Store.Puts.Count, count => count == 1);

        var refused = await silo.Client.PostAsync("/", new ByteArrayContent(Event(51)));
        release.SetResult();
        var first = await waiting;
        var third = await silo.Client.PostAsync("/", new ByteArrayContent(Event(100)));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues("Retry-After")));
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, third.StatusCode);
        Assert.Equal(0, await Eventually.IsAsync("all bytes are given back", () => silo.Waiting.Taken, taken => taken == 0));
    }

    // A line that is empty is passed over, and a line end divides what is one body.
    private static IEnumerable<byte[]> LinesOf(byte[] body) =>
        Encoding.Latin1.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.Latin1.GetBytes);

    private async Task<(HttpStatusCode Status, string? Detail)> AnswerAsync(HttpMethod method, string path, byte[] body)
    {
        using var response = await _silo.Client.SendAsync(new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) });
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (response.StatusCode, answer.TryGetProperty("detail", out var detail) ? detail.GetString() : null);
    }

    private Task<HttpResponseMessage> PostLinesAsync(byte[] lines) => _silo.Client.PostAsync("/events", new ByteArrayContent(lines));

    private static byte[] Event(int length) => Encoding.ASCII.GetBytes($"\"{new string('x', length - 2)}\"");

    private Task<HttpResponseMessage> PostAsync(byte[] body, bool chunked)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;
        return _silo.Client.SendAsync(request);
    }
}
