using System.Net;
using System.Net.Sockets;
using AllData.Configuration;
using AllData.Silo.Browsers;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http;

/// <summary>How a silo takes events over HTTP. Configuration section <c>AllData:Http</c>.</summary>
internal sealed class EventHttpOptions
{
    public const string Section = "AllData:Http";

    /// <summary>
    /// The address to listen on; 0.0.0.0 is every address of the machine. Another than a loopback address needs certificates. Default: 127.0.0.1.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port to listen on; 0 takes a free one. Default: 8081.</summary>
    public int Port { get; set; } = 8081;

    /// <summary>
    /// A port of its own for <c>/health/live</c> and <c>/health/ready</c>, with connections of its own: it answers when all those of <see cref="Port"/> are
    /// taken. It speaks plain HTTP, to any name, and does not say why the silo is not ready where the silo has certificates. Default: none.
    /// </summary>
    public int? HealthPort { get; set; }

    /// <summary>
    /// Names and addresses, without port and with commas between them, by which clients ask for this silo, in addition to those it knows: localhost,
    /// 127.0.0.1, [::1], and the addresses of <see cref="Address"/>, of <c>AllData:Silo:Address</c> and of <c>AllData:Peer:Endpoint</c>. A request for another
    /// name is refused (421). <c>*</c> is any name. Default: none.
    /// </summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>
    /// Sites whose pages may send requests through a browser, with commas between them, for example <c>https://console.example.org</c>. Default: none.
    /// </summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>
    /// Bytes of event bodies, with the windows of their decoders, that may be in memory here at once, from their arrival until the put is answered; beyond
    /// that the answer is 503 with Retry-After. At least one largest event (<c>AllData:Limits:MaxEventBytes</c>). Default: 67,108,864 (64 MiB).
    /// </summary>
    public long MaxWaitingBytes { get; set; } = 67_108_864;

    /// <summary>Concurrent connections, from one address half of them at most; further ones are closed without an answer. Default: 4,096.</summary>
    public int MaxConnections { get; set; } = 4_096;

    /// <summary>Streams (<c>POST /events</c>) that are open at once; further ones are answered 503. Default: 1,024.</summary>
    public int MaxStreams { get; set; } = 1_024;

    /// <summary>
    /// Streams that one caller has open at once, a principal, or an address where there are no principals; further ones are answered 429. Default: 64.
    /// </summary>
    public int MaxStreamsPerPrincipal { get; set; } = 64;

    /// <summary>How long a connection without a request is kept. Default: 60 s.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Slowest accepted body, bytes per second, once <see cref="BodyRateGrace"/> has passed; below it the answer is 408.
    /// Default: 240.
    /// </summary>
    public double MinBodyBytesPerSecond { get; set; } = 240;

    /// <summary>Time before the slowest rate is applied, more than 1 s. Default: 5 s.</summary>
    public TimeSpan BodyRateGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time that a whole body may take, however steady its rate; then the answer is 408. Default: 30 s.</summary>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Largest <c>deadline</c> that a request may set. It must stay below the silo's response timeout for grain calls (30 s), or a put would end with
    /// that instead. Default: 25 s.
    /// </summary>
    public TimeSpan MaxDeadline { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How streams of events are taken (<c>POST /events</c>).</summary>
    public IngestOptions Ingest { get; set; } = new();

    /// <summary>How long <c>Idempotency-Key</c> values are remembered.</summary>
    public IdempotencyOptions Idempotency { get; set; } = new();

    /// <summary>All names and addresses by which clients ask for this silo.</summary>
    internal IEnumerable<string> OwnHosts => ListOf(AllowedHosts).Append(Address).Concat(["localhost", "127.0.0.1", "[::1]"]).Select(Bracketed);

    /// <summary>The names of a list.</summary>
    internal static string[] ListOf(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // As a URL has it.
    private static string Bracketed(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : host;
}

/// <summary>Refuses to start with options that contradict each other or cannot work.</summary>
internal sealed class EventHttpOptionsValidator : IValidateOptions<EventHttpOptions>
{
    public ValidateOptionsResult Validate(string? name, EventHttpOptions options)
    {
        var sentences = Complaints(options).ToList();
        return sentences.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(sentences);
    }

    private static IEnumerable<string> Complaints(EventHttpOptions o)
    {
        if (!IPAddress.TryParse(o.Address, out _))
        {
            yield return $"{EventHttpOptions.Section}:Address is '{o.Address}', which is not an IP address. "
                + "Use 127.0.0.1, or 0.0.0.0 for all.";
        }

        if (o.Port is < 0 or > IPEndPoint.MaxPort)
        {
            yield return $"{EventHttpOptions.Section}:Port is {o.Port}; a port is 0 (any free one) to {IPEndPoint.MaxPort}.";
        }

        if (o.HealthPort is { } health && (health is < 1 or > IPEndPoint.MaxPort || health == o.Port))
        {
            yield return $"{EventHttpOptions.Section}:HealthPort is {health}; a port is 1 to {IPEndPoint.MaxPort}, and it is not :Port.";
        }

        foreach (var fault in EventHttpOptions.ListOf(o.AllowedHosts).Select(SiteRules.FaultOfHost).OfType<string>())
        {
            yield return $"{EventHttpOptions.Section}:AllowedHosts: {fault}";
        }

        foreach (var fault in EventHttpOptions.ListOf(o.AllowedOrigins).Select(SiteRules.FaultOfOrigin).OfType<string>())
        {
            yield return $"{EventHttpOptions.Section}:AllowedOrigins: {fault}";
        }

        foreach (var sentence in ConnectionComplaints(o).Concat(o.Ingest.Complaints()).Concat(o.Idempotency.Complaints()))
        {
            yield return sentence;
        }
    }

    private static IEnumerable<string> ConnectionComplaints(EventHttpOptions o)
    {
        foreach (var (option, value) in new[]
        {
            (nameof(o.MaxConnections), o.MaxConnections), (nameof(o.MaxStreams), o.MaxStreams), (nameof(o.MaxStreamsPerPrincipal), o.MaxStreamsPerPrincipal),
        })
        {
            if (value < 1)
            {
                yield return $"{EventHttpOptions.Section}:{option} is {value}; at least 1 is needed.";
            }
        }

        foreach (var complaint in SlowBodyRules.Complaints(EventHttpOptions.Section, o.MinBodyBytesPerSecond, o.BodyRateGrace, o.BodyTimeout))
        {
            yield return complaint;
        }

        var longest = DeadlineOptions.LongestPut;
        if (o.MaxDeadline > longest)
        {
            yield return $"{EventHttpOptions.Section}:MaxDeadline is {o.MaxDeadline}, more than {longest}, the longest deadline that a put may have. Lower it.";
        }

        foreach (var (option, value) in new[]
        {
            (nameof(o.KeepAlive), o.KeepAlive), (nameof(o.MaxDeadline), o.MaxDeadline),
        })
        {
            if (value <= TimeSpan.Zero)
            {
                yield return $"{EventHttpOptions.Section}:{option} is {value}; it must be more than 0, for example 00:00:30.";
            }
        }
    }
}

/// <summary>
/// Refuses an event size that HTTP could never accept. It looks from the store's options to those of HTTP, like the rest of the silo: with both
/// directions the two would wait for each other forever.
/// </summary>
internal sealed class EventSizeValidator(IOptions<EventHttpOptions> http) : IValidateOptions<AllDataOptions>
{
    public ValidateOptionsResult Validate(string? name, AllDataOptions options)
    {
        var (waiting, size) = (http.Value.MaxWaitingBytes, options.Limits.MaxEventBytes);
        return waiting >= size
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{EventHttpOptions.Section}:MaxWaitingBytes is {waiting}, less than one event of AllData:Limits:MaxEventBytes ({size}), "
                + "which could then never be taken. Raise the first or lower the second.");
    }
}
