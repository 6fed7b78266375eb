using AllData.Configuration;
using AllData.Events;
using AllData.Hosting;
using AllData.Reading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.TestingHost;

namespace AllData.Tests.Cluster;

/// <summary>The store in the tests of those who use it.</summary>
public sealed class TestHostingTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_test_puts_and_reads_at_once_and_nothing_of_its_store_stays()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.AddAllDataForTests(static store => store.Peer.Id = "tested"));
        string directory;
        await using (var cluster = builder.Build())
        {
            await cluster.DeployAsync().WaitAsync(Bound);
            var services = cluster.Silos[0].ServiceProvider;
            Assert.Null(services.GetRequiredService<AllDataReadiness>().NotReadyReason);
            directory = services.GetRequiredService<IOptions<AllDataOptions>>().Value.DataDirectory;
            Assert.True(Directory.Exists(directory));

            await using var client = new AllDataClient(cluster.Client);
            var receipt = await client.PutAsync(EventPayload.FromText("1")).WaitAsync(Bound);

            Assert.Equal("tested", Assert.Single(receipt.Replicas).Peer.Value);
            Assert.Equal("1", Assert.Single((await cluster.Client.CreateEventReader().GetAsync(receipt.Key).WaitAsync(Bound)).Events).Payload.ToString());
        }

        Assert.False(Directory.Exists(directory), $"{directory} is still there.");
    }

    [Fact]
    public async Task Two_tests_side_by_side_have_stores_of_their_own()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.AddAllDataForTests());
        await using var one = builder.Build();
        await using var other = builder.Build();
        await Task.WhenAll(one.DeployAsync(), other.DeployAsync()).WaitAsync(Bound);

        await using var client = new AllDataClient(one.Client);
        var receipt = await client.PutAsync(EventPayload.FromText("1")).WaitAsync(Bound);

        Assert.Empty((await other.Client.CreateEventReader().GetAsync(receipt.Key).WaitAsync(Bound)).Events);
    }
}
