using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>A stream of events through a real silo, and back.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class IngestProcessTests
{
    private const int Events = 5_000;

    [Fact]
    public async Task A_compressed_stream_is_stored_whole_in_its_order_and_its_receipts_name_the_keys()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(1);
        using var http = new HttpClient { BaseAddress = cluster.Layout.Peers[0].HttpAddress };
        var sent = Enumerable.Range(0, Events).Select(i => $$"""{ "n" : {{i}}, "text" : "é" }""").ToArray();

        var receipts = await PostAsync(http, sent);
        var read = await LinesAsync(await http.GetAsync("/events"));

        Assert.Equal(Enumerable.Range(1, Events), receipts[..^1].Select(receipt => receipt.GetProperty("line").GetInt32()));
        Assert.Equal(Events, receipts[^1].GetProperty("end").GetProperty("stored").GetInt32());
        Assert.True(read[^1].GetProperty("end").GetProperty("complete").GetBoolean());
        Assert.Equal(
            receipts[..^1].Select(receipt => receipt.GetProperty("key").GetString()), read[..^1].Select(line => line.GetProperty("key").GetString()));
        Assert.Equal(sent, read[..^1].Select(line => line.GetProperty("event").GetRawText()));
    }

    private static async Task<JsonElement[]> PostAsync(HttpClient http, string[] lines)
    {
        var bytes = new MemoryStream();
        await using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", lines)));
        }

        var content = new ByteArrayContent(bytes.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        content.Headers.ContentType = new("application/x-ndjson");
        return await LinesAsync(await http.PostAsync("/events?receipts=true", content));
    }

    private static async Task<JsonElement[]> LinesAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }
}
