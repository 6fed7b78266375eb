using AllData.Client.Connection;
using AllData.Client.Departure;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>Two stores with the usual cluster id, whose gateways are given to one client.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class TwoStoresTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_command_refuses_them_and_an_application_keeps_to_one_of_them()
    {
        await using var one = await LocalClusterProcesses.StartAsync(1);
        await using var two = await LocalClusterProcesses.StartAsync(1);
        LocalClusterProcesses[] both = [one, two];
        var error = await Assert.ThrowsAsync<UsageException>(() => ConnectAsync(both)).WaitAsync(Bound);
        Assert.All(both, cluster => Assert.Contains($"127.0.0.1:{cluster.Layout.Peers[0].GatewayPort}", error.Message, StringComparison.Ordinal));
        Assert.Contains("2 stores", error.Message, StringComparison.Ordinal);

        var found = new List<int>();
        foreach (var cluster in both)
        {
            await using var connection = await ConnectAsync([cluster]);
            await using var client = new AllDataClient(connection.Grains);
            await client.PutAsync(EventPayload.FromText("1")).WaitAsync(Bound);
            found.Add(await CountAsync(connection.Grains.CreateEventReader().Scan(ScanRange.All)));
        }

        Assert.Equal([1, 1], found);
    }

    private static async Task<int> CountAsync(EventScan scan)
    {
        var count = 0;
        await foreach (var _ in scan)
        {
            count++;
        }

        return count;
    }

    private static Task<IClusterConnection> ConnectAsync(IEnumerable<LocalClusterProcesses> clusters) => new OrleansConnector(TimeProvider.System).ConnectAsync(
        new ClusterAddress(
            [.. clusters.Select(static cluster => new GatewayAddress("127.0.0.1", cluster.Layout.Peers[0].GatewayPort))],
            ClusterAddress.DefaultId,
            ClusterAddress.DefaultId,
            Bound,
            TimeSpan.FromSeconds(15)),
        CancellationToken.None);
}
