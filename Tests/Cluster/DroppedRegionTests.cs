using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Cluster;

/// <summary>A cluster that covers two regions loses one of them for good.</summary>
public sealed class DroppedRegionTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);
    private static readonly PeerId WestC = PeerId.Parse("west-c");

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task It_is_free_when_its_peers_are_drained_and_gone_when_the_document_says_so_also_for_a_silo_that_returns()
    {
        var (former, present) = (Path.Combine(_data.Path, "former.json"), Path.Combine(_data.Path, "present.json"));
        var document = FederationSample.Document();
        document = document with { Clusters = [document.Clusters[0] with { Regions = ["north", "west"] }] };
        await File.WriteAllBytesAsync(former, FederationJson.Write(document));
        await File.WriteAllBytesAsync(present, FederationJson.Write(document));
        await using var cluster = await AllDataCluster.StartAsync(
            [new PeerSpec("north-a", "north", "a"), new PeerSpec("north-b", "north", "b"), new PeerSpec("west-c", "west", "c")],
            (spec, options) =>
            {
                options.Federation = new FederationOptions { File = spec.Region == "west" ? former : present, Cluster = "north" };
                options.Replication = new ReplicationOptions { Factor = 1 };
                options.Repair.Round = TimeSpan.FromMilliseconds(100);
                options.Repair.Settle = TimeSpan.FromMilliseconds(500);

                // How often the registry looks at the document follows from it.
                options.Repair.GracePeriod = TimeSpan.FromSeconds(20);
                options.Deadlines.Announcement = TimeSpan.FromSeconds(5);
            });
        var kept = await cluster.CoordinatorOn("west-c").Put(EventPayload.FromText("""{"only":"west"}"""));

        var alone = await CheckAsync(cluster, "west");
        Assert.Equal((1, 1, 1), (alone.OnlyThereBlocks, alone.OnlyThereEvents, alone.Check.Events));
        Assert.Equal((FederationSample.Store, 1, "north"), (alone.Store, alone.DocumentVersion, alone.Cluster));
        Assert.Equal("New copies still go to west-c: what comes from now on is not counted.", Assert.Single(alone.Doubts()));
        Assert.Equal(RegionRefusal.Unknown, (await Assert.ThrowsAsync<RegionRefusedException>(() => CheckAsync(cluster, "nowhere"))).Reason);

        await cluster.AwaitTopologyAsync(await Grains(cluster).GetPeerRegistry().Drain(WestC));
        await Eventually.Succeeds("waiting until nothing lies in west alone", Bound, async () =>
        {
            var free = await CheckAsync(cluster, "west");
            Assert.Equal((0, 0), (free.OnlyThereBlocks, free.OnlyThereEvents));
            Assert.Empty(free.Doubts());
        });

        await cluster.KillAsync("west-c");
        var silent = await CheckAsync(cluster, "west");
        Assert.Contains("No answer from west-c: what it alone holds is not known.", silent.Doubts());

        // What the operator does: the next version, one silo after the other.
        await File.WriteAllBytesAsync(
            present, FederationJson.Write(RegionDrop.Apply(document, new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch })));
        foreach (var peer in new[] { "north-b", "north-a" })
        {
            await cluster.KillAsync(peer);
            await cluster.RestartAsync(peer, expectedPeers: 2);
        }

        await Eventually.Succeeds("waiting until the registry has dropped west-c", Bound, async () =>
            Assert.DoesNotContain(await Grains(cluster).GetPeerRegistry().GetPeers(), static p => p.Peer.Id == WestC));
        var scan = Grains(cluster).CreateEventReader().Scan(ScanRange.All);
        var read = await scan.ToListAsync();
        Assert.Equal(kept.Key, Assert.Single(read).Key);
        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));
        Assert.Equal("west", Assert.Single((await Grains(cluster).GetReplica(PeerId.Parse("north-a")).GetReport()).Dropped).Region);
        Assert.Equal(RegionRefusal.AlreadyDropped, (await Assert.ThrowsAsync<RegionRefusedException>(() => CheckAsync(cluster, "west"))).Reason);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => cluster.RestartAsync("west-c", expectedPeers: 2));
        Assert.Contains("Version 2 of the federation document, which the store uses, has dropped it", $"{refused}", StringComparison.Ordinal);
    }

    private static IGrainFactory Grains(AllDataCluster cluster) => cluster.Service<IGrainFactory>("north-a");

    private static async Task<RegionCheck> CheckAsync(AllDataCluster cluster, string region) =>
        await Grains(cluster).GetClusterAudit().CheckRegion(region).LastAsync();
}
