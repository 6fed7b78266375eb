using System.Net;
using System.Net.Sockets;
using System.Text;
using AllData.Configuration;
using AllData.Remote.Original;
using AllData.Silo.Http.Original;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Remote;

/// <summary>The port at which original nodes have a silo as a peer: what comes over the wire, on real sockets.</summary>
public sealed class OriginalPortTests : IAsyncDisposable
{
    private const string Body = """{"key":"20130927T005240652508858176","event":{"a":1}}""";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly AllDataOptions _options = new();
    private readonly List<OriginalEvent> _kept = [];
    private readonly HttpClient _http = new();
    private OriginalListener? _listener;

    [Fact]
    public async Task An_event_is_answered_as_the_original_peer_server_answers_it()
    {
        await StartAsync();

        // Byte for byte what node's http.request sends for alldata-peer-client-http: a chunked body, and no content type.
        var answer = await ExchangeAsync(
            $"POST / HTTP/1.1\r\nHost: {_listener!.Address!.Authority}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 201 Created\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 0\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(Assert.Single(_kept).Payload.Span));
    }

    [Theory]
    [InlineData("POST", "/", "nonsense", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/", """{"key":"yesterday","event":1}""", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/anything", Body, HttpStatusCode.Created)]
    [InlineData("GET", "/", null, HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", "/", Body, HttpStatusCode.MethodNotAllowed)]
    public async Task No_answer_has_a_body(string method, string path, string? body, HttpStatusCode expected)
    {
        await StartAsync();

        using var answer = await SendAsync(method, path, body);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(0, answer.Content.Headers.ContentLength);
        Assert.Equal(expected == HttpStatusCode.MethodNotAllowed ? ["POST"] : [], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task An_event_that_is_not_durable_is_answered_500()
    {
        await StartAsync(static _ => Task.FromResult<string?>("The disk is full."));
        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(Body));
    }

    [Fact]
    public async Task A_failure_is_answered_500_and_the_next_event_is_taken()
    {
        var calls = 0;
        await StartAsync(_ => ++calls == 1 ? throw new InvalidOperationException("A bug.") : Task.FromResult<string?>(null));
        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(Body));
        Assert.Equal(HttpStatusCode.Created, await StatusAsync(Body));
    }

    [Fact]
    public async Task An_event_larger_than_this_store_takes_is_answered_500()
    {
        _options.Limits.MaxEventBytes = 1_000;
        await StartAsync();
        var large = new string('x', 1_000 + OriginalEvent.MaxEnvelopeBytes);
        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(Body.Replace("1", $"\"{large}\"", StringComparison.Ordinal)));
        Assert.Empty(_kept);
    }

    [Fact]
    public async Task Beyond_the_events_in_flight_one_is_answered_500_at_once()
    {
        _options.Peers.Original.MaxRequestsInFlight = 1;
        var (arrived, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await StartAsync(async _ =>
        {
            arrived.TrySetResult();
            await go.Task;
            return null;
        });

        var first = StatusAsync(Body);
        await arrived.Task.WaitAsync(Bound);
        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(Body));
        go.SetResult();
        Assert.Equal(HttpStatusCode.Created, await first);
        Assert.Equal(HttpStatusCode.Created, await StatusAsync(Body));
    }

    [Fact]
    public async Task Beyond_the_bytes_in_memory_one_is_answered_500()
    {
        _options.Peers.Original.MaxWaitingBytes = 20;
        await StartAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(Body));
        Assert.Empty(_kept);
    }

    [Fact]
    public async Task A_body_that_never_ends_is_given_up()
    {
        _options.Peers.Original.BodyTimeout = TimeSpan.FromMilliseconds(200);
        await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _listener!.Address!.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST / HTTP/1.1\r\nHost: {_listener.Address.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{{\"key"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.StartsWith("HTTP/1.1 500 ", await reader.ReadLineAsync().WaitAsync(Bound), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_port_it_does_not_listen()
    {
        await using var listener = new OriginalListener(static _ => Task.FromResult<string?>(null), _options, TimeProvider.System, NullLoggerFactory.Instance);
        await listener.StartAsync(CancellationToken.None);
        Assert.Null(listener.Address);
    }

    [Fact]
    public void Options_that_cannot_work_are_refused()
    {
        Assert.True(new PeerOriginalOptionsValidator().Validate(null, _options).Succeeded);
        _options.Peers.Original = new PeerOriginalOptions
        {
            Port = 70_000,
            Address = "here",
            MaxConnections = 0,
            MaxRequestsInFlight = 0,
            MaxWaitingBytes = 1,
            MinBodyBytesPerSecond = 0,
            BodyRateGrace = TimeSpan.FromSeconds(1),
            BodyTimeout = TimeSpan.Zero,
        };
        Assert.Equal(8, new PeerOriginalOptionsValidator().Validate(null, _options).Failures!.Count());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_listener is not null)
        {
            await _listener.StopAsync(new CancellationToken(canceled: true));
            await _listener.DisposeAsync();
        }
    }

    private async Task StartAsync(Func<OriginalEvent, Task<string?>>? keep = null)
    {
        _options.Peers.Original.Port = 0;
        _listener = new OriginalListener(keep ?? Keep, _options, TimeProvider.System, NullLoggerFactory.Instance);
        await _listener.StartAsync(CancellationToken.None);
    }

    private Task<string?> Keep(OriginalEvent e)
    {
        _kept.Add(e);
        return Task.FromResult<string?>(null);
    }

    private async Task<HttpStatusCode> StatusAsync(string body)
    {
        using var answer = await SendAsync("POST", "/", body);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_listener!.Address!, path));
        request.Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        return await _http.SendAsync(request);
    }

    private async Task<string> ExchangeAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _listener!.Address!.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync().WaitAsync(Bound);
    }
}
