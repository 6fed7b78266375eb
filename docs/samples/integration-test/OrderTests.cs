// A test of an application that uses the store: a silo in the test's own process, its data gone with it.
using AllData;
using AllData.Events;
using AllData.Hosting;
using Orleans.TestingHost;
using Xunit;

public sealed class OrderTests
{
    [Fact]
    public async Task An_order_that_was_put_is_read()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.AddAllDataForTests());
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        await using var store = new AllDataClient(cluster.Client);

        var receipt = await store.PutAsync(EventPayload.FromText("""{"order":1}"""));

        var read = await cluster.Client.CreateEventReader().GetAsync(receipt.Key);
        Assert.Equal("""{"order":1}""", Assert.Single(read.Events).Payload.ToString());
    }
}
