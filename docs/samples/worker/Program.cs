// A worker beside a running store: an Orleans client, and AllDataClient in its services. Its options are below AllData:Client.
using System.Net;
using AllData;
using AllData.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.UseOrleansClient(client => client
    .UseStaticClustering(new IPEndPoint(IPAddress.Loopback, 8281))
    .Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = "alldata"));
builder.Services.AddAllDataClient(builder.Configuration.GetSection(AllDataClientOptions.Section)).AddHostedService<Counting>();
await builder.Build().RunAsync();

/// <summary>Puts a thousand events, all at once: they share calls.</summary>
internal sealed class Counting(IAllDataClient store, IHostApplicationLifetime host) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var puts = Enumerable.Range(1, 1_000).Select(n => store.PutAsync(EventPayload.FromText($$"""{"n":{{n}}}"""), cancellation: stoppingToken));
        Console.WriteLine($"{(await Task.WhenAll(puts)).Length} events are stored");
        host.StopApplication();
    }
}
