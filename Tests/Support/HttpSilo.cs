using AllData.Certificates;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Reading;
using AllData.Silo.Http;
using AllData.Silo.Http.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Support;

/// <summary>The HTTP side of a silo on a real Kestrel and a free loopback port, with a fake store behind it.</summary>
internal sealed class HttpSilo : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpSilo(WebApplication app, FakeEventStore store)
    {
        _app = app;
        Store = store;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(20) };
    }

    public FakeEventStore Store { get; }

    /// <summary>The positions of consumers.</summary>
    public MemoryConsumers Consumers { get; private init; } = null!;

    /// <summary>The log of certificates.</summary>
    public MemoryLog Certificates { get; private init; } = null!;

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>What it logged, debug level included.</summary>
    public RecordedLog Log { get; private init; } = new();

    private int _requests;

    /// <summary>Requests that have not ended.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Its routes.</summary>
    public IEnumerable<Endpoint> Routes => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(static source => source.Endpoints);

    public WaitingBytes Waiting => _app.Services.GetRequiredService<WaitingBytes>();

    /// <param name="options">Settings below AllData by name.</param>
    /// <param name="readiness">What the silo says of itself; ready when not given.</param>
    /// <param name="puts">Where puts go; the fake store when not given.</param>
    /// <param name="time">Its clock; the machine's when not given.</param>
    public static async Task<HttpSilo> StartAsync(
        IReadOnlyDictionary<string, string?>? options = null, SiloReadiness? readiness = null, IAllDataPuts? puts = null, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var log = new RecordedLog();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        builder.Configuration.AddInMemoryCollection(
            (options ?? new Dictionary<string, string?>()).Append(new("Http:Port", "0"))
                .Select(o => new KeyValuePair<string, string?>($"{AllDataOptions.SectionName}:{o.Key}", o.Value)));
        builder.Services.AddOptions<AllDataOptions>().BindConfiguration(AllDataOptions.SectionName);
        var store = new FakeEventStore();
        builder.Services.AddSingleton(puts ?? store).AddSingleton<IEventReader>(store);
        var consumers = new MemoryConsumers(time ?? TimeProvider.System);
        builder.Services.AddSingleton<IConsumerPositions>(consumers);
        var certificates = new MemoryLog();
        builder.Services.AddSingleton<IServedLog>(certificates);
        builder.Services.AddSingleton(readiness ?? (static () => []));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        var app = builder.AddEventHttp().Build();
        HttpSilo? silo = null;
        app.Use((_, next) => silo!.CountAsync(next));
        app.MapEventHttp();
        await app.StartAsync();
        return silo = new HttpSilo(app, store) { Log = log, Consumers = consumers, Certificates = certificates };
    }

    /// <summary>Stops as on a signal: what is in flight is answered.</summary>
    public Task StopAsync() => _app.StopAsync();

    private async Task CountAsync(Func<Task> next)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            await next();
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
