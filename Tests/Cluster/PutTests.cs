using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Puts into a cluster of the seed's six peers in three regions.</summary>
public sealed class PutTests : IAsyncLifetime
{
    private AllDataCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_put_is_stored_here_in_another_zone_and_in_another_region()
    {
        var receipt = await _cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("""{"foo":"bar"}"""), new PutOptions { Level = CommitLevel.All });

        Assert.Equal(PutOutcome.Stored, receipt.Outcome);
        Assert.Equal(Adherence.Strict, receipt.Adherence);
        Assert.Equal(3, receipt.Replicas.Length);
        Assert.Contains(receipt.Replicas, r => r.Peer.Value == "north-a");
        Assert.Contains(receipt.Replicas, r => r.Peer.Value == "north-b");
        Assert.Contains(receipt.Replicas, r => r.Location.Region is "west" or "east");
        Assert.Equal(EventPayload.FromText("""{"foo":"bar"}"""), (await ReadAsync(receipt.Key)).Payload);
    }

    private async Task<StoredEvent> ReadAsync(EventKey key)
    {
        var read = await _cluster.Client.GetEventReader().Get(key);
        Assert.Empty(read.Silent);
        return Assert.Single(read.Events);
    }
}
