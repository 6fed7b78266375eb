using AllData.Errors;
using AllData.Events;
using AllData.Hosting;
using AllData.Peers;
using AllData.Storage.Opening;
using AllData.Storage.Replica;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Health, the report of a peer and what a put is answered say the same.</summary>
public sealed class ConditionTests
{
    private static readonly EventPayload Payload = EventPayload.FromText("{}");

    [Fact]
    public async Task A_silo_whose_peer_was_dropped_says_so()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().DropPeer(PeerId.Parse("east-f"), force: true));

        var condition = Assert.Single(cluster.Service<AllDataReadiness>("east-f").Conditions, static c => c.Code == "dropped");

        Assert.False(condition.StopsPuts);
        Assert.Contains("Peer 'east-f' was dropped", condition.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(cluster.Service<AllDataReadiness>("east-e").Conditions, static c => c.Code == "dropped");
    }

    [Fact]
    public async Task A_silo_of_too_few_peers_for_its_replicas_is_not_ready_and_says_so_in_its_report()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..1], static (_, options) => options.Replication.Factor = 3);

        await Assert.ThrowsAsync<NotEnoughPeersException>(() => cluster.CoordinatorOn("north-a").Put(Payload));

        var readiness = cluster.Service<AllDataReadiness>("north-a");
        Assert.Contains("3 replicas are requested", readiness.NotReadyReason);
        Assert.Equal(["not-enough-peers"], readiness.Conditions.Select(static c => c.Code));
        Assert.Equal(readiness.Conditions.ToArray(), (await cluster.Client.GetReplica(PeerId.Parse("north-a")).GetReport()).Conditions.ToArray());
    }

    [Fact]
    public async Task A_lone_silo_on_a_full_disk_is_not_ready_and_its_peer_is_read_only_in_the_topology()
    {
        using var disk = new FaultyVfs();
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..1], (_, options) => LearnSoon(options), seams: _ => On(disk));
        await cluster.CoordinatorOn("north-a").Put(Payload);
        var readiness = cluster.Service<AllDataReadiness>("north-a");
        Assert.Empty(readiness.Conditions);

        disk.WriteFault = FaultyVfs.DiskFull;
        await Assert.ThrowsAnyAsync<PutException>(() => cluster.CoordinatorOn("north-a").Put(Payload));

        Assert.Contains("full", readiness.NotReadyReason);
        Assert.Contains(new("read-only", true), readiness.Conditions.Select(static c => (c.Code, c.StopsPuts)));
        Assert.Contains("not-enough-peers", readiness.Conditions.Select(static c => c.Code));
        Assert.Equal(PeerStatus.ReadOnly, await StatusOfAsync(cluster, "north-a", PeerStatus.ReadOnly));
    }

    [Fact]
    public async Task A_silo_whose_own_disk_is_full_stays_ready_while_others_take_its_puts_and_tells_of_it()
    {
        using var disk = new FaultyVfs();
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..3],
            (peer, options) =>
            {
                options.Replication.Factor = 2;
                if (peer.Id == "north-a")
                {
                    LearnSoon(options);
                }
            },
            seams: peer => peer.Id == "north-a" ? On(disk) : StorageSeams.None);
        disk.WriteFault = FaultyVfs.DiskFull;

        await cluster.CoordinatorOn("north-a").Put(Payload);

        var readiness = cluster.Service<AllDataReadiness>("north-a");
        Assert.Equal(("read-only", false), readiness.Conditions.Select(static c => (c.Code, c.StopsPuts)).Single());
        Assert.Null(readiness.NotReadyReason);
        Assert.Equal(PeerStatus.ReadOnly, await StatusOfAsync(cluster, "north-a", PeerStatus.ReadOnly));
    }

    [Fact]
    public async Task A_peer_whose_disk_is_nearly_full_says_so_leaves_puts_to_others_and_comes_back_by_itself()
    {
        var free = long.MaxValue;
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..3],
            (peer, options) =>
            {
                options.Replication.Factor = 2;
                LearnSoon(options);
            },
            seams: peer => peer.Id == "north-a"
                ? new StorageSeams { MeasureDisk = _ => new DiskSpace(Volatile.Read(ref free), long.MaxValue) }
                : StorageSeams.None);
        var readiness = cluster.Service<AllDataReadiness>("north-a");

        Volatile.Write(ref free, 1);
        await CodesAreAsync(readiness, ["disk-nearly-full"]);

        Assert.Null(readiness.NotReadyReason);
        Assert.Contains("MinFreeBytes", Assert.Single(readiness.Conditions).Sentence, StringComparison.Ordinal);
        Assert.Equal(PeerStatus.ReadOnly, await StatusOfAsync(cluster, "north-a", PeerStatus.ReadOnly));
        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload);
        Assert.DoesNotContain(receipt.Replicas, static r => r.Peer.Value == "north-a");

        Volatile.Write(ref free, long.MaxValue);
        await CodesAreAsync(readiness, []);
        Assert.Equal(PeerStatus.Active, await StatusOfAsync(cluster, "north-a", PeerStatus.Active));
    }

    [Fact]
    public async Task A_lone_silo_whose_disk_is_nearly_full_refuses_puts_with_a_typed_error()
    {
        var free = 1L;
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..1], seams: _ => new StorageSeams { MeasureDisk = _ => new DiskSpace(Volatile.Read(ref free), long.MaxValue) });

        var error = await Assert.ThrowsAsync<CommitLevelNotReachedException>(() => cluster.CoordinatorOn("north-a").Put(Payload));

        Assert.Contains("MinFreeBytes", Assert.Single(error.Failures).Reason, StringComparison.Ordinal);
        var condition = Assert.Single(cluster.Service<AllDataReadiness>("north-a").Conditions, static c => c.Code == "disk-nearly-full");
        Assert.True(condition.StopsPuts);
    }

    [Fact]
    public async Task A_silo_that_sees_too_few_living_peers_for_the_level_is_not_ready_and_with_enough_of_them_it_only_tells()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        var readiness = cluster.Service<AllDataReadiness>("north-a");

        await cluster.KillAsync("west-c");
        await CodesAreAsync(readiness, ["under-replicated"]);
        Assert.Null(readiness.NotReadyReason);

        await cluster.KillAsync("north-b");
        await CodesAreAsync(readiness, ["not-enough-peers"]);
        Assert.Contains("north-b (no silo hosts it), west-c (no silo hosts it)", readiness.NotReadyReason);
    }

    private static StorageSeams On(FaultyVfs disk) => new() { Sqlite = new SqliteSeams { Vfs = disk.Name } };

    private static void LearnSoon(Configuration.AllDataOptions options) => options.Deadlines.TopologyRefresh = TimeSpan.FromMilliseconds(100);

    private static Task<string[]> CodesAreAsync(AllDataReadiness readiness, string[] expected) => Eventually.IsAsync(
        $"the conditions are {string.Join(", ", expected)}",
        () => Task.FromResult<string[]>([.. readiness.Conditions.Select(static c => c.Code)]), codes => codes.SequenceEqual(expected));

    private static Task<PeerStatus> StatusOfAsync(AllDataCluster cluster, string peer, PeerStatus expected) => Eventually.IsAsync(
        $"the registry has {peer} as {expected}",
        async () => (await cluster.Client.GetPeerRegistry().GetPeers()).Single(v => v.Peer.Id.Value == peer).Peer.Status, status => status == expected);
}
