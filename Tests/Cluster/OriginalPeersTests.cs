using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;

namespace AllData.Tests.Cluster;

/// <summary>Nodes of the original alldata as peers of a cluster: they are put to, on real sockets, and asked nothing.</summary>
public sealed class OriginalPeersTests
{
    private static readonly PeerId Old = PeerId.Parse("old-w");
    private static readonly PeerLocation West = new("west", "w");
    private static readonly EventPayload Payload = EventPayload.FromText("""{ "foo" : "bar" }""");
    private static readonly PutOptions All = new() { Level = CommitLevel.All };
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly PeerSpec[] Two = [new("north-a", "north", "a"), new("north-b", "north", "b")];
    private static readonly PeerSpec[] Three = [.. Two, new("north-c", "north", "c")];

    [Fact]
    public async Task An_original_node_has_one_of_three_replicas_and_leaves_no_doubt_although_nothing_is_asked_of_it()
    {
        await using var node = await OriginalNode.StartAsync();
        await using var cluster = await StartAsync(Two);
        await AddAsync(cluster, node.Address);

        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.Equal(["north-a", "north-b", "old-w"], receipt.Replicas.Select(static r => r.Peer.Value).Order());
        Assert.Equal(Adherence.Strict, receipt.Adherence);
        Assert.Equal(Payload.ToString(), node.Events[receipt.Key.ToString()]);

        var read = await cluster.CoordinatorReadAsync("north-b", receipt.Key);
        Assert.Equal((1, 0), (read.Events.Length, read.Silent.Length));
        var scan = cluster.Client.CreateEventReader().Scan(new ScanRange());
        Assert.Single(await scan.ToListAsync());
        Assert.True(scan.Outcome.IsComplete, string.Join(", ", scan.Outcome.Doubts));
        Assert.NotNull(scan.Outcome.SafeUpTo);

        // At ALL: what only the node and one peer hold is put again, as the node cannot say that it holds it.
        var key = Assert.Single(await cluster.CoordinatorOn("north-b").ReserveKeys(1));
        Assert.Equal(PutOutcome.Stored, (await cluster.CoordinatorOn("north-a").Put(key, Payload, All)).Outcome);
        Assert.Equal(PutOutcome.AlreadyStored, (await cluster.CoordinatorOn("north-b").Put(key, Payload)).Outcome);
        Assert.All(node.Others, static method => Assert.Equal("GET", method));
    }

    [Fact]
    public async Task The_copies_of_an_original_node_are_counted_as_unverifiable_and_made_by_others_when_it_is_drained()
    {
        await using var node = await OriginalNode.StartAsync();
        await using var cluster = await StartAsync(Three, static (_, o) =>
            (o.Repair.Round, o.Repair.Settle) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500)));
        await AddAsync(cluster, node.Address);
        for (var i = 0; i < 5; i++)
        {
            await cluster.CoordinatorOn("north-a").Put(Payload, All);
        }

        var audit = await AuditAsync(cluster);
        Assert.Equal((5L, 0), (audit.Events, audit.Silent));
        Assert.All(audit.Counts, static c => Assert.Equal((Adherence.Strict, 2, 3, 1), (c.Adherence, c.Copies, c.CopiesAsked, c.Unverifiable)));

        var refused = await Assert.ThrowsAsync<PeerStillNeededException>(() => cluster.Client.GetPeerRegistry().DropPeer(Old));
        Assert.Equal((2, 3, 5L), refused.Check!.Shortages.Select(static s => (s.CopiesLeft, s.CopiesAsked, s.Events)).Single());

        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().Drain(Old));
        await Eventually.IsAsync("waiting until others have made the copies", () => AuditAsync(cluster),
            static a => a.Counts.All(static c => (c.Adherence, c.Copies, c.Unverifiable) == (Adherence.Strict, 3, 0)), Bound);
        await cluster.Client.GetPeerRegistry().DropPeer(Old);
    }

    [Fact]
    public async Task A_slow_original_node_is_replaced_at_the_deadline()
    {
        await using var node = await OriginalNode.StartAsync();
        await using var cluster = await StartAsync(Three, static (_, o) => o.Deadlines.ShortestReplica = o.Deadlines.Replica = TimeSpan.FromMilliseconds(300));
        await AddAsync(cluster, node.Address);
        var go = new TaskCompletionSource();
        node.BeforeKeeping = _ => go.Task;

        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload, All);

        Assert.Equal(["north-a", "north-b", "north-c"], receipt.Replicas.Select(static r => r.Peer.Value).Order());
        Assert.Equal(Adherence.Relaxed, receipt.Adherence);
        Assert.Empty(node.Events);
        go.SetResult();
    }

    [Fact]
    public async Task A_killed_original_node_is_dead_gets_no_puts_and_comes_back()
    {
        await using var cluster = await StartAsync(Three);
        await using (var node = await OriginalNode.StartAsync())
        {
            await AddAsync(cluster, node.Address);
            await node.KillAsync();
            await AwaitHostedAsync(cluster, isHosted: false);
        }

        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.Equal(["north-a", "north-b", "north-c"], receipt.Replicas.Select(static r => r.Peer.Value).Order());
        Assert.False((await cluster.Client.GetPeerRegistry().GetPeers()).Single(static v => v.Peer.Id == Old).Alive);

        await using var again = await OriginalNode.StartAsync();
        await AddAsync(cluster, again.Address);
        await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.Single(again.Events);
    }

    [Fact]
    public async Task Unless_the_policy_says_so_no_event_goes_to_an_original_node()
    {
        await using var node = await OriginalNode.StartAsync();
        await using var cluster = await StartAsync(Three, static (_, o) => o.Replication.UsePutOnlyPeers = false);
        await AddAsync(cluster, node.Address);

        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload, All);

        Assert.DoesNotContain(Old, receipt.Replicas.Select(static r => r.Peer));
        Assert.Empty(node.Events);
    }

    [Fact]
    public async Task A_peer_that_no_client_reaches_is_not_registered()
    {
        await using var cluster = await StartAsync(Two[..1]);
        var registry = cluster.Client.GetPeerRegistry();

        Assert.Contains("alldata-http", (await Assert.ThrowsAsync<PeerRefusedException>(
            () => registry.AddPutOnlyPeer(Old, West, "carrier-pigeon", "http://127.0.0.1:1/"))).Message, StringComparison.Ordinal);
        Assert.Contains("http://10.0.0.9:8080/", (await Assert.ThrowsAsync<PeerRefusedException>(
            () => registry.AddPutOnlyPeer(Old, West, "alldata-http", "nowhere"))).Message, StringComparison.Ordinal);
        Assert.Contains("can be asked", (await Assert.ThrowsAsync<PeerRefusedException>(
            () => registry.AddPutOnlyPeer(Old, West, "grain", ""))).Message, StringComparison.Ordinal);
        Assert.Single((await registry.GetTopology()).Peers);
    }

    private static Task<AllDataCluster> StartAsync(PeerSpec[] peers, Action<PeerSpec, AllDataOptions>? configure = null) =>
        AllDataCluster.StartAsync(peers, (spec, options) =>
        {
            (options.Replication.Factor, options.Replication.UsePutOnlyPeers) = (3, true);
            configure?.Invoke(spec, options);
        });

    private static async Task AddAsync(AllDataCluster cluster, string address)
    {
        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().AddPutOnlyPeer(Old, West, "alldata-http", address));
        await AwaitHostedAsync(cluster, isHosted: true);
    }

    private static Task AwaitHostedAsync(AllDataCluster cluster, bool isHosted) => Eventually.Holds(
        $"waiting until north-a sees that the original node {(isHosted ? "answers" : "does not answer")}", Bound,
        () => cluster.Service<TopologyCache>("north-a").Current is var live && live.IsHosted(live.Topology.IndexOf(Old)) == isHosted, static () => "not yet");

    private static async Task<(long Events, int Silent, List<CopyCount> Counts)> AuditAsync(AllDataCluster cluster)
    {
        var (counts, silent) = (new List<CopyCount>(), 0);
        await foreach (var page in cluster.Client.GetClusterAudit().Audit(new AuditRange(To: EventKey.MaxValue)))
        {
            counts.AddRange(page.Counts);
            silent += page.NotAnswering.Length;
        }

        return (counts.Sum(static c => c.Events), silent, counts);
    }
}
