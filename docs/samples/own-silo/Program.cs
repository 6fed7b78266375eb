// A silo with the store beside a grain and a storage provider of the application's own.
using System.Net;
using AllData;
using AllData.Clustering;
using AllData.Events;
using AllData.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddAllDataClient();
builder.UseOrleans(silo => silo
    .ConfigureEndpoints(IPAddress.Loopback, siloPort: 11111, gatewayPort: 30000)
    .AddMemoryGrainStorageAsDefault()
    .UseAllDataCluster(new AllDataClusterOptions { DatabaseFile = "data/cluster.db" })
    .AddAllData(builder.Configuration.GetSection("AllData")));
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine(await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IBasketGrain>("ann").Add("tea"));
await host.StopAsync();

/// <summary>A grain as any other; what happens to it is put into the store.</summary>
public interface IBasketGrain : IGrainWithStringKey
{
    Task<string> Add(string item);
}

public sealed class BasketGrain(IAllDataClient store, [PersistentState("basket")] IPersistentState<List<string>> items) : Grain, IBasketGrain
{
    public async Task<string> Add(string item)
    {
        var receipt = await store.PutAsync(EventPayload.FromText($$"""{"basket":"{{this.GetPrimaryKeyString()}}","added":"{{item}}"}"""));
        items.State.Add(item);
        await items.WriteStateAsync();
        return $"{receipt.Key} is on {string.Join(", ", receipt.Replicas)}";
    }
}
