using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Hosting;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Reading;
using AllData.Remote.Http.Serving;
using AllData.Replication;
using AllData.Reports;
using AllData.Silo.Http.Peers;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Cluster;

/// <summary>Two clusters of one store, each of two silos, with real peer ports between them.</summary>
public sealed class LinkedClustersTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private TwoClusters _store = null!;

    private AllDataCluster North => _store.North;

    private AllDataCluster West => _store.West;

    public async Task InitializeAsync() => _store = await TwoClusters.StartAsync();

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task A_put_is_stored_in_both_regions_and_goes_on_without_one_that_is_cut_off_until_it_has_healed()
    {
        await TwoClusters.AwaitLinkAsync(North, "north-a", LinkState.Up, peers: 4);
        await TwoClusters.AwaitLinkAsync(North, "north-b", LinkState.Up, peers: 4);
        await TwoClusters.AwaitLinkAsync(West, "west-b", LinkState.Up, peers: 4);

        var here = await PutAsync(North, "north-b", CommitLevel.All);
        Assert.Equal(["north", "north", "west"], here.Replicas.Select(static r => r.Location.Region).Order());
        var there = await PutAsync(West, "west-b", CommitLevel.All);
        Assert.Equal(["north", "west", "west"], there.Replicas.Select(static r => r.Location.Region).Order());
        Assert.Equal((true, true), (here.Key.Ordinal < 600, there.Key.Ordinal >= 600));
        foreach (var cluster in new[] { North, West })
        {
            Assert.Equal(new[] { here.Key, there.Key }.Order(), await ScanAsync(cluster));
        }

        await TwoClusters.CloseAsync(_store.WestPort);
        await TwoClusters.AwaitLinkAsync(North, "north-a", LinkState.CutOff, peers: 2);
        var alone = await PutAsync(North, "north-a", CommitLevel.Quorum);
        Assert.Equal(["north", "north"], alone.Replicas.Select(static r => r.Location.Region));
        var report = Assert.Single((await North.Service<IGrainFactory>("north-a").GetReplica(PeerId.Parse("north-a")).GetReport()).Links);
        Assert.Equal((1, "west", LinkState.CutOff), (report.Cluster, report.Name, report.State));
        Assert.Contains(North.Service<SiloConditions>("north-a").Current, static c => c is { Code: "cluster-cut-off", StopsPuts: false });

        // A link works one way at a time: west reaches the port of north as before.
        Assert.Equal(LinkState.Up, TwoClusters.Link(West, "west-a").State);

        await _store.OpenWestAsync("west-b");
        await TwoClusters.AwaitLinkAsync(North, "north-a", LinkState.Up, peers: 4);
        var again = await PutAsync(North, "north-a", CommitLevel.All);
        Assert.Contains("west", again.Replicas.Select(static r => r.Location.Region));
        Assert.DoesNotContain(North.Service<SiloConditions>("north-a").Current, static c => c.Code == "cluster-cut-off");
    }

    [Fact]
    public async Task A_cluster_that_was_dropped_is_waited_for_no_more_and_is_told_so_when_it_returns()
    {
        await TwoClusters.AwaitLinkAsync(North, "north-b", LinkState.Up, peers: 4);
        var held = await PutAsync(North, "north-b", CommitLevel.All);
        Assert.True((await CheckAsync("west")).IsConfirmed);
        await TwoClusters.CloseAsync(_store.WestPort);
        await TwoClusters.AwaitLinkAsync(North, "north-b", LinkState.CutOff, peers: 2);
        var check = await CheckAsync("west");
        Assert.False(check.IsConfirmed);
        Assert.Equal(["west-a", "west-b"], check.Silent.Select(static p => p.Value).Order());
        Assert.Equal((0, true), (check.OnlyThereEvents, check.Doubts().Any()));
        Assert.Equal(RegionRefusal.Own, (await Assert.ThrowsAsync<RegionRefusedException>(() => CheckAsync("north"))).Reason);

        // North gets the next document, west keeps the one that it has.
        var document = FederationFile.Read(_store.NorthFile);
        await File.WriteAllBytesAsync(
            _store.NorthFile, FederationJson.Write(RegionDrop.Apply(document, new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch })));
        await TwoClusters.CloseAsync(_store.NorthPort);
        foreach (var peer in new[] { "north-a", "north-b" })
        {
            await North.KillAsync(peer);
            await North.RestartAsync(peer, expectedPeers: 2);
            if (peer == "north-a")
            {
                await AssertOutdatedAsync("north-b");
            }
        }

        await _store.OpenNorthAsync("north-a");
        Assert.Equal([held.Key], await ScanAsync(North.Service<IGrainFactory>("north-a")));
        var alone = await PutAsync(North, "north-a", CommitLevel.Quorum);
        Assert.Empty(alone.Owed);
        Assert.All(alone.Replicas, static r => Assert.Equal("north", r.Location.Region));
        var report = await North.Service<IGrainFactory>("north-a").GetReplica(PeerId.Parse("north-a")).GetReport();
        Assert.Equal((true, true, "west"), (report.Links.IsEmpty, report.Repair!.Watermarks.IsEmpty, Assert.Single(report.Dropped).Region));
        Assert.DoesNotContain(North.Service<SiloConditions>("north-a").Current, static c => c.Code.StartsWith("cluster", StringComparison.Ordinal));

        await _store.OpenWestAsync("west-b");
        await Eventually.Holds(
            "waiting until west is told", Bound,
            () => West.Service<AllDataReadiness>("west-a").NotReadyReason?.Contains("has dropped it", StringComparison.Ordinal) == true,
            () => string.Join(' ', West.Service<SiloConditions>("west-a").Current.Select(static c => c.Sentence)));
        Assert.Equal("cluster-dropped", Assert.Single(West.Service<SiloConditions>("west-a").Current).Code);

        // What is put there would never come here: it is refused, and its keys, too.
        var refused = await Assert.ThrowsAsync<ClusterDroppedException>(() => PutAsync(West, "west-a", CommitLevel.Quorum));
        Assert.Equal((2, WrittenState.Nothing), (refused.DocumentVersion, refused.Written));
        Assert.Contains("put through a cluster that stays", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ClusterDroppedException>(() => West.CoordinatorOn("west-a").ReserveKeys(1));
        Assert.Equal(2, North.Service<TopologyCache>("north-a").Current.Topology.Count);
    }

    // It has the former document, and knows that its cluster has a newer one.
    private async Task AssertOutdatedAsync(string peer)
    {
        await Eventually.Holds(
            $"waiting until {peer} knows that its document is outdated", Bound,
            () => North.Service<SiloConditions>(peer).Current.Any(static c => c.Code == "federation-outdated" && c.Sentence.Contains("'north-a'")),
            () => string.Join(' ', North.Service<SiloConditions>(peer).Current.Select(static c => c.Sentence)));
        var check = await CheckAsync("west");
        Assert.Equal((1, 2), (check.DocumentVersion, check.NewestVersion));
    }

    private async Task<RegionCheck> CheckAsync(string region) =>
        await North.Service<IGrainFactory>("north-b").GetClusterAudit().CheckRegion(region).LastAsync();

    private static async Task<PutReceipt> PutAsync(AllDataCluster cluster, string peer, CommitLevel level) =>
        await cluster.CoordinatorOn(peer).Put(EventPayload.FromText($$"""{"at":"{{peer}}"}"""), new PutOptions { Level = level });

    private static Task<List<EventKey>> ScanAsync(AllDataCluster cluster) => ScanAsync(cluster.Client);

    private static async Task<List<EventKey>> ScanAsync(IGrainFactory grains)
    {
        var keys = new List<EventKey>();
        var scan = grains.CreateEventReader().Scan(ScanRange.All);
        await foreach (var stored in scan)
        {
            keys.Add(stored.Key);
        }

        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));
        return keys;
    }
}
