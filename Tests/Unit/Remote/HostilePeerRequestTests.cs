using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AllData.Remote.Http.Messages;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Remote;

/// <summary>What comes to the peer port and is no call: each is refused in a typed way, and the next call is answered.</summary>
public sealed class HostilePeerRequestTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("POST", "/", 404, "unknown-call")]
    [InlineData("POST", "/events", 404, "unknown-call")]
    [InlineData("POST", "/alldata/peers/", 404, "unknown-version")]
    [InlineData("POST", "/alldata/peers/2/west-a/ping", 404, "unknown-version")]
    [InlineData("POST", "/alldata/peers/1/west-a", 404, "unknown-call")]
    [InlineData("POST", "/alldata/peers/1/cluster", 404, "unknown-call")]
    [InlineData("POST", "/alldata/peers/1/cluster/", 404, "unknown-call")]
    [InlineData("POST", "/alldata/peers/1/west-a/cluster", 404, "unknown-call")]
    [InlineData("GET", "/alldata/peers/1/cluster", 405, "wrong-method")]
    [InlineData("POST", "/alldata/peers/1/west-a/scrub", 404, "unknown-call")]
    [InlineData("POST", "/alldata/peers/1/west-a/ping/x", 404, "unknown-call")]
    [InlineData("POST", "/alldata/peers/1/West%20A/ping", 404, "unknown-peer")]
    [InlineData("POST", "/alldata/peers/1/east-z/ping", 404, "unknown-peer")]
    [InlineData("GET", "/alldata/peers/1/west-a/ping", 405, "wrong-method")]
    public async Task A_request_that_is_no_call_is_refused(string method, string path, int status, string type)
    {
        await using var port = await PeerPort.StartAsync();
        using var http = new HttpClient();
        using var request = Request(new HttpMethod(method), port.Address + path, [0, 0, 0, 0]);

        await RefusedAsync(http, request, status, type);
    }

    [Fact]
    public async Task A_version_that_is_not_spoken_is_answered_with_the_one_that_is()
    {
        await using var port = await PeerPort.StartAsync();
        using var http = new HttpClient();
        using var request = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/2/west-a/ping", [0, 0, 0, 0]);

        Assert.Contains("speaks version 1 ", await RefusedAsync(http, request, 404, "unknown-version"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("00000000-0000-4000-8000-00000000000f")]
    public async Task A_request_without_the_store_is_refused(string? store)
    {
        await using var port = await PeerPort.StartAsync();
        using var http = new HttpClient();
        using var request = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/1/west-a/ping", [0, 0, 0, 0], store ?? "");
        if (store is null)
        {
            request.Headers.Remove(PeerProtocol.StoreHeader);
        }

        Assert.Contains(TestBlocks.Cluster.ToString(), await RefusedAsync(http, request, 421, "other-store"));
    }

    [Fact]
    public async Task Bodies_without_length_and_too_long_ones_are_refused_unread()
    {
        await using var port = await PeerPort.StartAsync(maxBytes: 1_000);
        using var http = new HttpClient();
        using var unknown = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/1/west-a/append", []);
        unknown.Content = new UnendingContent(length: null);
        await RefusedAsync(http, unknown, 411, "length-required");

        using var large = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/1/west-a/append", []);
        large.Content = new UnendingContent(length: 1_001);
        await RefusedAsync(http, large, 413, "message-too-large");
        Assert.Empty(port.Peer.Arrived);
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_refused_in_time()
    {
        await using var port = await PeerPort.StartAsync(static o => o.BodyTimeout = TimeSpan.FromMilliseconds(300));
        using var http = new HttpClient();
        using var request = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/1/west-a/append", []);
        request.Content = new UnendingContent(length: 1_000);

        await RefusedAsync(http, request, 408, "message-too-slow");
        await Eventually.Holds("waiting until its room is free", Bound, () => port.Traffic.Bytes == 0, () => $"{port.Traffic.Bytes} bytes");
    }

    [Fact]
    public async Task Headers_that_are_too_large_are_refused()
    {
        await using var port = await PeerPort.StartAsync();
        using var http = new HttpClient();
        using var request = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/1/west-a/ping", [0, 0, 0, 0]);
        request.Headers.Add("x-long", new string('x', 9_000));

        await RefusedAsync(http, request, 431, "headers-too-large");
    }

    [Fact]
    public async Task Random_bodies_to_all_calls_are_answered_or_refused_and_never_alarm()
    {
        await using var port = await PeerPort.StartAsync(cluster: new ClusterCallTests.Host());
        using var http = new HttpClient();
        var random = new Random(11);
        foreach (var name in PeerMessageSamples.All.Select(static s => s.Name.Split(' ')[0]).Distinct())
        {
            for (var i = 0; i < 40; i++)
            {
                var body = new byte[random.Next(0, 200)];
                random.NextBytes(body);
                byte[] framed = i % 2 == 0 ? body : [(byte)random.Next(body.Length + 1), 0, 0, 0, .. body];
                var place = name == ClusterCalls.Report.Name || name == ClusterCalls.Sealed.Name ? "" : "west-a/";
                using var request = Request(HttpMethod.Post, $"{port.Address}/alldata/peers/1/{place}{name}", framed);
                using var response = await http.SendAsync(request);
                Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{name}: {response.StatusCode}");
            }
        }

        using var client = PeerPort.Client();
        await client.Connect(PeerPort.Name, port.Address).PingAsync();
        Assert.Empty(port.Log.Alarms);
    }

    private static HttpRequestMessage Request(HttpMethod method, string url, byte[] body, string? store = null)
    {
        var request = new HttpRequestMessage(method, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(PeerProtocol.MediaType);
        request.Headers.TryAddWithoutValidation(PeerProtocol.StoreHeader, store ?? TestBlocks.Cluster.ToString());
        return request;
    }

    private static async Task<string> RefusedAsync(HttpClient http, HttpRequestMessage request, int status, string type)
    {
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Bound);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"urn:alldata:problem:{type}", problem.RootElement.GetProperty("type").GetString());
        Assert.Equal(status == 405 ? ["POST"] : Array.Empty<string>(), response.Content.Headers.Allow);
        return problem.RootElement.GetProperty("detail").GetString()!;
    }

    /// <summary>A body that announces what it never sends.</summary>
    private sealed class UnendingContent(long? length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long value)
        {
            value = length ?? 0;
            return length is not null;
        }
    }
}
