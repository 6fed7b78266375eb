using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AllData.Silo.Http.Ingest;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>What a few bytes, or a sender that does not send, can make of the silo.</summary>
public sealed class IngestBoundsTests
{
    private const string Chunked = "Host: localhost\r\nTransfer-Encoding: chunked\r\n";

    [Theory]
    [InlineData("gzip", "1\n")]
    [InlineData("br", "1\n")]
    [InlineData("gzip", "\n")]
    [InlineData("br", "\r\n")]
    public async Task A_few_bytes_do_not_become_a_million_lines(string coding, string line)
    {
        await using var silo = await HttpSilo.StartAsync();

        var response = await PostAsync(silo, coding, string.Concat(Enumerable.Repeat(line, 1_000_000)));
        var report = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        var stopped = report.GetProperty("stopped");
        Assert.Equal("urn:alldata:problem:stream-too-large", stopped.GetProperty("type").GetString());
        Assert.InRange(stopped.GetProperty("linesRead").GetInt64(), 1, 100_000);
        Assert.Equal(silo.Store.Lines.Length, report.GetProperty("stored").GetInt32());
        Assert.Equal(0, silo.Waiting.Taken);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Honest_streams_of_small_events_are_taken_whole(string coding)
    {
        await using var silo = await HttpSilo.StartAsync();

        var random = new Random(1);

        var response = await PostAsync(
            silo, coding, string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{{\"sensor\":\"s{i % 10}\",\"value\":{random.Next(1_000)}}}\n")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"stored\":200000,", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("Http:Ingest:MaxBodyBytes")]
    [InlineData("Http:Ingest:MaxEvents")]
    public async Task Bytes_and_lines_of_a_compressed_stream_are_bounded_and_those_of_a_plain_one_are_not(string option)
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { [option] = "100" });
        var text = string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{i}\n"));

        var refused = await PostAsync(silo, "gzip", text + text);
        var plain = await silo.Client.PostAsync("/events", new StringContent(text));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains(option, await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, plain.StatusCode);
        Assert.Contains("\"stored\":1000,", await plain.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(0x0F, 24)]
    [InlineData(0x0B, 22)]
    [InlineData(0x00, 16)]
    [InlineData(0x01, 17)]
    [InlineData(0x21, 10)]
    public void The_window_of_a_brotli_stream_is_told_by_its_first_byte(byte first, int bits) =>
        Assert.InRange(DecoderBudget.Needed(isBrotli: true, first), 1L << bits, (1L << bits) + 300_000);

    [Fact]
    public async Task The_window_of_a_decoder_is_counted_and_given_up_when_its_sender_is_silent_and_others_need_the_room()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:MaxWaitingBytes"] = "17500000" });
        using var connection = await RawConnection.OpenAsync(silo.Address);
        await connection.SendAsync($"POST /events HTTP/1.1\r\n{Chunked}Content-Encoding: br\r\n\r\n1\r\n\u000f\r\n");
        await Eventually.IsAsync("the window is counted", () => silo.Waiting.Taken, taken => taken > 16 << 20);

        var body = $"\"{new string('x', 900_000)}\"";
        await Eventually.IsAsync(
            "another put has room", async () => (await silo.Client.PostAsync("/", new StringContent(body))).StatusCode,
                status => status == HttpStatusCode.Created);

        Assert.Contains("Others wait for the room", await connection.ReadToEndAsync());
        await Eventually.IsAsync("all is given back", () => silo.Waiting.Taken, taken => taken == 0);
    }

    [Theory]
    [InlineData("POST /events HTTP/1.1\r\n")]
    [InlineData("POST / HTTP/1.1\r\n")]
    public async Task Unfinished_lines_and_bodies_whose_senders_are_silent_do_not_keep_others_out(string put)
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?>
        {
            ["Http:MaxWaitingBytes"] = "1000000",
            ["Limits:MaxEventBytes"] = "300000",

            // Without the others' need each of them could stay as long as the test.
            ["Http:BodyTimeout"] = "00:05:00",
            ["Http:BodyRateGrace"] = "00:05:00",
        });
        var silent = new List<RawConnection>();
        for (var i = 0; i < 3; i++)
        {
            var connection = await RawConnection.OpenAsync(silo.Address);
            silent.Add(connection);
            await connection.SendAsync($"{put}{Chunked}\r\n{Chunk($"\"{new string('x', 299_000)}")}");
        }

        await Eventually.IsAsync("they take nearly all the room", () => silo.Waiting.Taken, taken => taken > 890_000);
        var body = $"\"{new string('y', 250_000)}\"";
        await Eventually.IsAsync(
            "another put has room", async () => (await silo.Client.PostAsync("/", new StringContent(body))).StatusCode,
                status => status == HttpStatusCode.Created);

        await Eventually.IsAsync("one of them has given its room up", () => silo.Waiting.Taken, taken => taken < 890_000);
        silent.ForEach(connection => connection.Dispose());
    }

    private static Task<HttpResponseMessage> PostAsync(HttpSilo silo, string coding, string text)
    {
        var content = new ByteArrayContent(Compressed(coding, text));
        content.Headers.ContentEncoding.Add(coding);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return silo.Client.PostAsync("/events", content);
    }

    private static byte[] Compressed(string coding, string text)
    {
        var bytes = new MemoryStream();
        using (Stream stream = coding == "br" ? new BrotliStream(bytes, CompressionLevel.Fastest) : new GZipStream(bytes, CompressionLevel.Optimal))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    private static string Chunk(string text) => $"{Encoding.Latin1.GetByteCount(text):x}\r\n{text}\r\n";
}
