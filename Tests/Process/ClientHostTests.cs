using System.Net;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace AllData.Tests.Processes;

/// <summary>The client as a service of a generic host with an Orleans client, as applications have it.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class ClientHostTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_with_the_client_starts_puts_reads_and_stops_whichever_was_added_first(bool isClientFirst)
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(1);
        using var host = Build(cluster.Layout.Peers[0].GatewayPort, isClientFirst, static _ => { });
        await host.StartAsync().WaitAsync(Bound);
        var client = host.Services.GetRequiredService<IAllDataClient>();
        var receipt = await client.PutAsync(EventPayload.FromText("{\"n\":1}"), new PutOptions { Level = CommitLevel.All }).WaitAsync(Bound);
        var read = await host.Services.GetRequiredService<IEventReader>().GetAsync(receipt.Key).WaitAsync(Bound);
        Assert.Equal("{\"n\":1}", Assert.Single(read.Events).Payload.ToString());
        await host.StopAsync().WaitAsync(Bound);
    }

    [Fact]
    public async Task What_is_put_before_the_cluster_is_up_is_stored_when_it_comes()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(1);
        var peer = cluster.Layout.Peers[0].Id.Value;
        cluster[peer].Kill();
        await cluster[peer].EndsAsync();
        using var host = Build(
            cluster.Layout.Peers[0].GatewayPort, isClientFirst: true, static services => services.AddHostedService<EarlyPutter>());
        var starting = host.StartAsync();
        await Eventually.IsAsync("the application puts", () => EarlyPutter.Put is not null, static isPut => isPut);
        await cluster.StartAllAsync();
        await starting.WaitAsync(Bound);
        Assert.Equal(PutOutcome.Stored, (await EarlyPutter.Put!.WaitAsync(Bound)).Outcome);
        await host.StopAsync().WaitAsync(Bound);
    }

    private static IHost Build(int gatewayPort, bool isClientFirst, Action<IServiceCollection> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (isClientFirst)
        {
            Add(builder.Services);
        }

        builder.UseOrleansClient(client => client
            .UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gatewayPort))
            .UseConnectionRetryFilter(async (_, cancellation) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
                return true;
            })
            .Configure<ClusterOptions>(static options => options.ClusterId = options.ServiceId = "alldata"));
        if (!isClientFirst)
        {
            Add(builder.Services);
        }

        return builder.Build();

        void Add(IServiceCollection services)
        {
            configure(services);
            services.AddAllDataClient(static options => options.Timeout = TimeSpan.FromMinutes(5));
        }
    }

    /// <summary>An application's service that puts as soon as it is started, whatever the state of the cluster.</summary>
    private sealed class EarlyPutter(IAllDataClient client) : IHostedService
    {
        public static Task<PutReceipt>? Put { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Put = client.PutAsync(EventPayload.FromText("{\"early\":true}"), cancellation: CancellationToken.None);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
