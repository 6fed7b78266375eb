using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Support;

/// <summary>An OpenTelemetry collector on a real Kestrel, as far as silos see one: it takes what is sent by OTLP over HTTP.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _traces = new();
    private readonly ConcurrentQueue<byte[]> _metrics = new();
    private readonly ConcurrentQueue<string> _authorizations = new();

    private readonly bool _isKept;

    private Collector(WebApplication app, bool isKept) => (_app, _isKept) = (app, isKept);

    /// <summary>Its address.</summary>
    public string Address => _app.Urls.Single();

    /// <summary>The header <c>Authorization</c> of each request.</summary>
    public IReadOnlyCollection<string> Authorizations => _authorizations;

    /// <summary>Starts it.</summary>
    /// <param name="isKept">Whether what comes is kept.</param>
    public static async Task<Collector> StartAsync(bool isKept = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new Collector(app, isKept);
        app.MapPost("/v1/traces", context => collector.TakeAsync(context, collector._traces));
        app.MapPost("/v1/metrics", context => collector.TakeAsync(context, collector._metrics));
        await app.StartAsync();
        return collector;
    }

    /// <summary>Whether a message of metrics has some bytes in it.</summary>
    public bool HasMetrics(ReadOnlySpan<byte> bytes) => Has(_metrics, bytes);

    /// <summary>Whether a message of spans has all of some bytes in it: of one silo, because each sends its own.</summary>
    public bool HasTraces(params byte[][] parts) => _traces.Any(message => parts.All(part => message.AsSpan().IndexOf(part) >= 0));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static bool Has(IEnumerable<byte[]> messages, ReadOnlySpan<byte> bytes)
    {
        foreach (var message in messages)
        {
            if (message.AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private async Task TakeAsync(HttpContext context, ConcurrentQueue<byte[]> messages)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (_isKept)
        {
            _authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            messages.Enqueue(body.ToArray());
        }

        context.Response.ContentType = "application/x-protobuf";
    }
}
