using System.Net;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Hosting;
using AllData.Reading;
using AllData.Silo.LocalCluster;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace AllData.Tests.Cluster;

/// <summary>The store in a silo that another application composes.</summary>
public sealed class OwnHostTests : IDisposable
{
    private static readonly EventPayload Payload = EventPayload.FromText("{}");

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_silo_without_storage_for_the_registry_is_refused_at_its_start_with_the_call_to_add()
    {
        using var host = Build(silo => Alone(silo).AddAllData(Configure));

        var failure = await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());

        Assert.Contains("grain storage named 'AllData'", failure.Message);
        Assert.Contains("UseAllDataCluster(…)", failure.Message);
        Assert.Contains("AddMemoryGrainStorage(\"AllData\")", failure.Message);
    }

    [Fact]
    public async Task Storage_in_memory_is_warned_of_and_the_second_start_fails_with_the_way_out()
    {
        var log = new RecordedLog();
        using (var first = Build(silo => Alone(silo).AddMemoryGrainStorage("AllData").AddAllData(Configure), log))
        {
            await first.StartAsync();
            await first.Services.GetRequiredService<IAllDataPuts>().PutAsync(Payload);
            Assert.Contains("registry-in-memory", first.Services.GetRequiredService<AllDataReadiness>().Conditions.Select(static c => c.Code));
            await first.StopAsync();
        }

        Assert.Contains(log.Alarms, static e => e.Level == LogLevel.Warning && e.Message.Contains("'AllData' is in memory", StringComparison.Ordinal));
        using var second = Build(silo => Alone(silo).AddMemoryGrainStorage("AllData").AddAllData(options =>
        {
            Configure(options);
            options.Deadlines.Announcement = TimeSpan.FromMilliseconds(1);
        }));
        var failure = await Assert.ThrowsAsync<PeerRefusedException>(() => second.StartAsync());
        Assert.Contains("Grain storage 'AllData' is in memory", failure.Message);
        Assert.Contains("UseAllDataCluster(…)", failure.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_test_cluster_that_names_its_silos_takes_puts(short silos)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((options, silo) => silo.AddMemoryGrainStorage("AllData").AddAllData(store =>
        {
            store.Peer.Id = $"peer-{options.SiloName[^1]}";
            store.DataDirectory = Path.Combine(_data.Path, store.Peer.Id);
            store.Replication.Factor = silos;
            store.Replication.CommitLevel = Replication.CommitLevel.All;
        }));
        await using var cluster = builder.Build();
        await cluster.DeployAsync();

        var receipt = await Eventually.IsAsync<Replication.PutReceipt?>("a put succeeds", async () => await TryPutAsync(cluster.Client),
            static r => r is not null);

        Assert.Equal(silos, receipt!.Replicas.Length);
    }

    [Fact]
    public async Task A_second_AddAllData_adds_options_only()
    {
        using var host = Build(silo => silo
            .UseAllDataCluster(Cluster()).UseAllDataCluster(Cluster()).AddAllDataGrainState(Cluster())
            .AddAllData(Configure).AddAllData(static options => options.Peer.Zone = "second"));
        using var once = Build(silo => silo.UseAllDataCluster(Cluster()).AddAllData(Configure));

        Assert.Equal(Parts(once), Parts(host));
        await host.StartAsync();
        var receipt = await host.Services.GetRequiredService<IAllDataPuts>().PutAsync(Payload);
        Assert.Equal("second", receipt.Replicas.Single().Location.Zone);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_misspelt_setting_of_the_section_is_refused_at_the_start_and_a_section_of_the_host_is_not()
    {
        var settings = new Dictionary<string, string?> { ["Store:Replication:Factr"] = "3", ["Store:Reports:Every"] = "x", ["Store:Http:Anything"] = "1" };
        using var host = Build(silo => silo.UseAllDataCluster(Cluster()).AddAllData(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection("Store")));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal("Store:Replication:Factr is not a setting. Did you mean Store:Replication:Factor?", Assert.Single(failure.Failures));
    }

    private static string[] Parts(IHost host) =>
    [
        .. host.Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>().Select(static p => p.GetType().FullName!).Order(StringComparer.Ordinal),
        .. host.Services.GetServices<IConfigurationValidator>().Select(static p => p.GetType().FullName!).Order(StringComparer.Ordinal),
        .. host.Services.GetServices<Diagnostics.IConditionSource>().Select(static p => p.GetType().FullName!),
        .. host.Services.GetServices<ClusterDatabase>().Select(static p => p.GetType().FullName!),
        .. host.Services.GetServices<IMembershipTable>().Select(static p => p.GetType().FullName!),
    ];

    private static async Task<Replication.PutReceipt?> TryPutAsync(IGrainFactory grains)
    {
        try
        {
            return await grains.GetPutCoordinator().Put(Payload);
        }
        catch (PutException)
        {
            // The silos do not know each other yet.
            return null;
        }
    }

    private AllDataClusterOptions Cluster() => new() { DatabaseFile = Path.Combine(_data.Path, "cluster.db") };

    private void Configure(AllDataOptions options) => options.DataDirectory = Path.Combine(_data.Path, "peer");

    private static IHost Build(Action<ISiloBuilder> compose, RecordedLog? log = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        var ports = LocalClusterLayout.Create("unused", FreePorts.ForLocalCluster(1), 1).Peers[0];
        builder.UseOrleans(silo => compose(silo.ConfigureEndpoints(IPAddress.Loopback, ports.SiloPort, ports.GatewayPort)));
        return builder.Build();
    }

    private static ISiloBuilder Alone(ISiloBuilder silo)
    {
        var ports = LocalClusterLayout.Create("unused", FreePorts.ForLocalCluster(1), 1).Peers[0];
        return silo.UseLocalhostClustering(ports.SiloPort, ports.GatewayPort);
    }
}
