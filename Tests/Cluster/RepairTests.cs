using AllData.Configuration;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Missing copies are restored, whichever peer was away, in a cluster of real silos and stores.</summary>
public sealed class RepairTests
{
    private static readonly EventPayload Payload = EventPayload.FromText("""{"foo":"bar"}""");
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_a_peer_missed_while_it_was_dead_comes_home_when_it_returns()
    {
        await using var cluster = await StartAsync(AllDataCluster.Six);
        await PutAsync(cluster, "north-b", 20);
        await cluster.KillAsync("east-e");
        await PutAsync(cluster, "north-b", 100);
        Assert.True((await AuditAsync(cluster)).Away > 0, "Some of the blocks are meant for the dead peer.");

        await cluster.RestartAsync("east-e");
        await AwaitWellAsync(cluster, 120);

        // Some copies lay elsewhere meanwhile, and stay there: nothing is ever removed.
        await AwaitReportAsync(cluster, "east-e", static report => report.Repair?.FetchedBlocks > 0);
    }

    [Fact]
    public async Task A_peer_whose_disk_was_wiped_gets_a_new_ordinal_and_everything_back()
    {
        await using var cluster = await StartAsync(AllDataCluster.Six);
        var before = await PutEverywhereAsync(cluster, "west-c", 60);
        var ordinal = (await cluster.Client.GetPeerRegistry().GetTopology()).Peers.Single(p => p.Id.Value == "west-c").Ordinal;

        await cluster.KillAsync("west-c");
        Directory.Delete(cluster.DataDirectoryOf("west-c"), recursive: true);
        await cluster.RestartAsync("west-c");
        await AwaitWellAsync(cluster, 60);

        Assert.NotEqual(ordinal, (await cluster.Client.GetPeerRegistry().GetTopology()).Peers.Single(p => p.Id.Value == "west-c").Ordinal);
        await AwaitReportAsync(cluster, "west-c", report => report.Blocks == before.Blocks);
    }

    [Fact]
    public async Task Events_of_topics_come_back_to_a_wiped_disk_as_such()
    {
        await using var cluster = await StartAsync([new("north-a", "north", "a"), new("west-c", "west", "c"), new("west-d", "west", "d")]);
        await PutAsync(cluster, "north-a", 20, new PutOptions { Topic = Topic.Parse("orders") });
        await PutAsync(cluster, "north-a", 20, new PutOptions { Topic = Topic.Parse("other") });
        await PutAsync(cluster, "north-a", 20);
        await cluster.KillAsync("west-c");
        Directory.Delete(cluster.DataDirectoryOf("west-c"), recursive: true);
        await cluster.RestartAsync("west-c");
        await AwaitWellAsync(cluster, 60);

        var range = new BucketRange(UnixMinute.First, UnixMinute.End, 1_000) { Topic = Topic.Parse("orders") };
        var (back, elsewhere) = (await BucketsAsync("west-c"), await BucketsAsync("north-a"));
        Assert.Equal(20, back.Sum(static b => b.Events));
        Assert.Equal(elsewhere, back);

        async Task<IEnumerable<BucketSum>> BucketsAsync(string peer) =>
            (await cluster.Client.GetReplica(PeerId.Parse(peer)).ReadBuckets(range)).Buckets.OrderBy(static b => (b.UnixMinute, b.Copyset));
    }

    [Fact]
    public async Task Of_what_two_peers_of_a_region_missed_one_copy_comes_from_the_other_region()
    {
        await using var cluster = await StartAsync([new("north-a", "north", "a"), new("west-c", "west", "c"), new("west-d", "west", "d")]);
        await cluster.KillAsync("west-c");
        await cluster.KillAsync("west-d");
        await PutAsync(cluster, "north-a", 60, new PutOptions { Level = CommitLevel.One });

        await cluster.RestartAsync("west-c");
        var crossed = await FetchedAsync(cluster, "west-c", "north-a", 60);
        await cluster.RestartAsync("west-d");
        Assert.Equal(crossed, await FetchedAsync(cluster, "west-d", "west-c", 60));
        await AwaitWellAsync(cluster, 60);
        Assert.Equal(0, await FetchedAsync(cluster, "west-d", "north-a", 60));
    }

    [Fact]
    public async Task A_drained_peer_can_go_when_others_hold_what_it_held()
    {
        await using var cluster = await StartAsync(AllDataCluster.Six);
        var report = await PutEverywhereAsync(cluster, "north-b", 60);
        var check = await CheckAsync(cluster, "north-b");
        Assert.Equal(report.Blocks, check.Blocks);

        // On a busy machine a replica that was late has been replaced, and the block has a copy more.
        var shortage = Assert.Single(check.Shortages);
        Assert.Equal((2, 3), (shortage.CopiesLeft, shortage.CopiesAsked));
        Assert.InRange(shortage.Blocks, report.Blocks - report.Replacements, report.Blocks);

        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().Drain(PeerId.Parse("north-b")));
        await Eventually.IsAsync("waiting until everything lies elsewhere", () => CheckAsync(cluster, "north-b"), static c => c.Shortages.IsEmpty, Bound);

        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().DropPeer(PeerId.Parse("north-b"), force: true));
        await cluster.KillAsync("north-b");
        await AwaitWellAsync(cluster, 60);
    }

    [Fact]
    public async Task Copysets_that_were_too_small_grow_when_there_are_peers()
    {
        await using var cluster = await StartAsync(AllDataCluster.Six[..4], (spec, o) =>
        {
            (o.Replication.Factor, o.Replication.AllowUnderReplicated) = (3, true);
            o.Peer.Stores = spec.Id is "north-a" or "west-c" or "west-d";
        });
        var registry = cluster.Client.GetPeerRegistry();
        await cluster.AwaitTopologyAsync(await registry.Drain(PeerId.Parse("west-d")));
        await PutAsync(cluster, "north-a", 20);
        Assert.Equal(20, (await AuditAsync(cluster)).Few);

        await cluster.AwaitTopologyAsync(await registry.Undrain(PeerId.Parse("west-d")));
        await AwaitWellAsync(cluster, 20);
        await AwaitReportAsync(cluster, "west-d", static report => report.Events == 20);
    }

    private static Task<AllDataCluster> StartAsync(PeerSpec[] peers, Action<PeerSpec, AllDataOptions>? configure = null) =>
        AllDataCluster.StartAsync(peers, (spec, options) =>
        {
            options.Repair.Round = TimeSpan.FromMilliseconds(100);
            options.Repair.Settle = TimeSpan.FromMilliseconds(500);
            configure?.Invoke(spec, options);
        });

    // The bytes that a peer has fetched from another one, when it holds so many events and has reported it.
    private static async Task<long> FetchedAsync(AllDataCluster cluster, string peer, string from, long events)
    {
        var report = await AwaitReportAsync(
            cluster, peer, report => report.Events == events && report.Repair!.Peers.Sum(static p => p.FetchedBytes) == report.Repair.FetchedBytes);
        return report.Repair!.Peers.Single(p => p.Peer.Value == from).FetchedBytes;
    }

    private static async Task PutAsync(AllDataCluster cluster, string peer, int events, PutOptions? options = null)
    {
        for (var i = 0; i < events; i++)
        {
            await cluster.CoordinatorOn(peer).Put(Payload, options);
        }
    }

    /// <summary>Puts until the copies are no longer in flight, the peer's own among them.</summary>
    private static async Task<PeerReport> PutEverywhereAsync(AllDataCluster cluster, string peer, int events)
    {
        await PutAsync(cluster, peer, events, new PutOptions { Level = CommitLevel.All });
        return await AwaitReportAsync(cluster, peer, report => report.Blocks == events);
    }

    // A silo that was killed a moment ago may still answer for its peer: it is in this process, and has closed its store.
    private static Task<PeerReport> AwaitReportAsync(AllDataCluster cluster, string peer, Predicate<PeerReport> isExpected) => Eventually.IsAsync(
        $"waiting until {peer} holds what it is to hold", () => cluster.Client.GetReplica(PeerId.Parse(peer)).GetReport(), isExpected, Bound);

    [Fact]
    public async Task An_audit_says_how_many_events_are_too_new_to_count_and_asks_no_peer_about_minutes_that_are()
    {
        await using var cluster = await StartAsync(AllDataCluster.Six);
        await PutAsync(cluster, "north-b", 20);
        var pages = await cluster.Client.GetClusterAudit().Audit(new AuditRange()).ToListAsync();
        Assert.Equal(20, pages.Sum(static p => p.TooNewEvents + p.Counts.Sum(static c => c.Events)));

        var later = EventKey.FirstAt(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());
        var none = Assert.Single(await cluster.Client.GetClusterAudit().Audit(new AuditRange(later)).ToListAsync());
        Assert.Equal((true, 0, 0, 0L), (none.IsLast, none.Counts.Length, none.NotAnswering.Length, none.TooNewEvents));
    }

    private static Task AwaitWellAsync(AllDataCluster cluster, int events) => Eventually.IsAsync(
        "waiting until every block is where it is meant to be", () => AuditAsync(cluster), a => a.Away == 0 && a.Few == 0 && a.Silent == 0
            && a.Events == events, Bound);

    private static async Task<(long Events, long Away, long Few, int Silent)> AuditAsync(AllDataCluster cluster)
    {
        var (events, away, few, silent) = (0L, 0L, 0L, 0);
        await foreach (var page in cluster.Client.GetClusterAudit().Audit(new AuditRange(To: EventKey.MaxValue)))
        {
            events += page.Counts.Sum(static c => c.Events);
            away += page.Counts.Where(static c => c.Adherence == Adherence.Relaxed).Sum(static c => c.Events);
            few += page.Counts.Where(static c => c.Adherence == Adherence.UnderReplicated).Sum(static c => c.Events);
            silent += page.NotAnswering.Length;
        }

        return (events, away, few, silent);
    }

    private static async Task<DepartureCheck> CheckAsync(AllDataCluster cluster, string peer)
    {
        DepartureCheck? last = null;
        await foreach (var check in cluster.Client.GetClusterAudit().CheckDeparture(PeerId.Parse(peer)))
        {
            last = check;
        }

        Assert.True(last!.IsEnded);
        return last;
    }
}
