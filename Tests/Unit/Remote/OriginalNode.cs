using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AllData.Tests.Unit.Remote;

/// <summary>
/// Stands in for alldata-peer-server-http: 201 for an event, 400 for what is no JSON, 405 with <c>Allow: POST</c> for other methods, 500 when its store
/// fails, and never a body.
/// </summary>
internal sealed class OriginalNode : IAsyncDisposable
{
    private readonly WebApplication _server;

    private OriginalNode(WebApplication server) => _server = server;

    public string Address => _server.Urls.Single();

    /// <summary>Events by their keys, as they came.</summary>
    public ConcurrentDictionary<string, string> Events { get; } = new();

    /// <summary>Called before an event is kept; throws where the store is to fail, waits where it is to be slow.</summary>
    public Func<string, Task> BeforeKeeping { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Requests that were not a <c>POST</c>.</summary>
    public ConcurrentBag<string> Others { get; } = [];

    public static async Task<OriginalNode> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        var node = new OriginalNode(server);
        server.Run(node.TakeAsync);
        await server.StartAsync();
        return node;
    }

    /// <summary>Ends it without answering what is in flight.</summary>
    public Task KillAsync() => _server.StopAsync(new CancellationToken(canceled: true));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            Others.Add(context.Request.Method);
            context.Response.Headers.Allow = "POST";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            var key = body.RootElement.GetProperty("key").GetString()!;
            await BeforeKeeping(key);
            Events[key] = body.RootElement.GetProperty("event").GetRawText();
            context.Response.StatusCode = StatusCodes.Status201Created;
        }
        catch (JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (InvalidOperationException)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }
}
