using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>What a silo says of itself, as it arrives at a client.</summary>
public sealed class PeerReportTests
{
    [Fact]
    public async Task A_peer_says_where_it_is_what_keeps_its_events_and_what_it_has_used()
    {
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..2],
            static (peer, options) => (options.Peer.Stores, options.Replication.Factor) = (peer.Id == "north-a", 1));
        await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("{}"), new PutOptions { Level = CommitLevel.All });

        var storing = await cluster.Client.GetReplica(PeerId.Parse("north-a")).GetReport();
        Assert.Equal((PeerId.Parse("north-a"), new PeerLocation("north", "a")), (storing.Peer, storing.Location));
        Assert.Matches(@"^SQLite 3\.\d+\.\d+, WAL, synchronous=FULL, flushed before each answer$", storing.Store);
        Assert.Equal((1L, 1L, TimeSpan.FromDays(1)), (storing.Blocks, storing.Events, storing.IntervalLength));
        Assert.Equal(new ReplicationReport(1, 1, 1, CommitLevel.Quorum), storing.Replication);
        Assert.Equal(Environment.ProcessorCount, storing.Machine.Processors);
        Assert.True(storing.Process is { CpuTime.Ticks: > 0, WorkingSetBytes: > 0, ManagedBytes: > 0, AllocatedBytes: > 0 }, $"{storing.Process}");

        var other = await cluster.Client.GetReplica(PeerId.Parse("north-b")).GetReport();
        Assert.Equal((PeerId.Parse("north-b"), null, 0L), (other.Peer, other.Store, other.Events));
    }
}
