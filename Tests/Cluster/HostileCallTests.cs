using System.Reflection;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using Orleans.Runtime;

namespace AllData.Tests.Cluster;

/// <summary>Calls that no program of the project makes, sent by a client over the gateway of real silos: refused, and nothing is lost or hidden by
/// them.</summary>
public sealed class HostileCallTests
{
    private static readonly PeerId North = PeerId.Parse("north-a");
    private static readonly PeerId West = PeerId.Parse("west-c");
    private static readonly PeerSpec[] Two = [new("north-a", "north", "a"), new("west-c", "west", "c")];

    [Fact]
    public async Task A_made_up_topology_hides_nothing_and_stops_nothing()
    {
        await using var cluster = await AllDataCluster.StartAsync(Two);
        var stored = await cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("1"));
        var forged = (await cluster.Client.GetPeerRegistry().GetTopology()) with { Version = long.MaxValue, Peers = [], Ordinals = [] };
        foreach (var peer in new[] { North, West })
        {
            await cluster.Client.GetReplica(peer).UpdateTopology(forged);
            cluster.Service<TopologyCache>(peer.Value).Offer(forged);
        }

        await cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("2"));
        var scan = cluster.Client.CreateEventReader().Scan(ScanRange.All);
        var events = 0;
        await foreach (var page in scan.ReadPagesAsync())
        {
            events += page.Count;
        }

        Assert.Equal((2, true), (events, scan.Outcome.IsComplete));
        Assert.Single((await cluster.Client.GetEventReader().Get(stored.Key)).Events);
        Assert.True((await cluster.Client.GetPeerRegistry().Drain(West)).Version < 100);
        await cluster.AwaitTopologyAsync(await cluster.Client.GetPeerRegistry().Undrain(West));
    }

    [Fact]
    public async Task A_block_that_no_coordinator_can_have_formed_is_refused_and_its_day_goes_on()
    {
        await using var cluster = await AllDataCluster.StartAsync([Two[0]]);
        var topology = await cluster.Client.GetPeerRegistry().GetTopology();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var block = TestBlocks.Form(new BlockId(1, 1, 1), given: false, [(EventKey.Create(now, 1, 0), "forged")], topology.ClusterId, copies: 1, copyset: 1);

        var reply = await cluster.Client.GetReplica(North).Append(new BlockBytes(TestBlocks.Forge(block, 128, "FBFFFFFF")));

        Assert.Equal(AppendStatus.Invalid, reply.Status);
        Assert.Equal(PutOutcome.Stored, (await cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("1"))).Outcome);
        Assert.Equal(AppendStatus.Invalid, (await cluster.Client.GetReplica(North).Append(default)).Status);
    }

    [Fact]
    public async Task Values_that_no_parser_takes_are_refused_at_once_and_the_registry_goes_on()
    {
        await using var cluster = await AllDataCluster.StartAsync([Two[0]]);
        var registry = cluster.Client.GetPeerRegistry();
        var evil = (PeerId)Activator.CreateInstance(typeof(PeerId), BindingFlags.NonPublic | BindingFlags.Instance, null, ["Evil\u001b]0;owned\u0007 peer"],
            null)!;

        var error = await Assert.ThrowsAsync<InvalidValueException>(() => registry.AddPeer(evil, new PeerLocation("north", "b")).Soon());
        Assert.DoesNotContain(error.Message, char.IsControl);
        await Assert.ThrowsAsync<InvalidValueException>(() => registry.AddPeer(West, new PeerLocation("west", "\u001b[31m")).Soon());
        var announcement = new PeerAnnouncement(
            West, new PeerLocation("west", "c"), true, Guid.NewGuid(), Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero, KnownOrdinal: 9_999,
                KnownVersion: 0);
        await Assert.ThrowsAsync<PeerRefusedException>(() => registry.Announce(announcement).Soon());
        await Assert.ThrowsAsync<PeerRefusedException>(() => registry.Announce(announcement with { KnownOrdinal = 0, KnownVersion = long.MaxValue }).Soon());

        var topology = await registry.AddPeer(West, new PeerLocation("west", "c"));
        Assert.Equal([1, 2], topology.Ordinals.Select(o => o.Ordinal));
        Assert.True(topology.Version < 100);
    }

    [Fact]
    public async Task Huge_questions_get_bounded_answers()
    {
        await using var cluster = await AllDataCluster.StartAsync([Two[0]]);
        var replica = cluster.Client.GetReplica(North);
        var large = new byte[900_000];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cluster.Client.GetPutCoordinator().Put(EventPayload.FromBytes(large))));

        var page = await replica.ReadBlocks(new BlockRange(default, EventKey.MaxValue, [], null, 90 << 20));
        Assert.InRange(page.Blocks.Length, 1, 4 << 20);
        Assert.NotNull(page.Next);
        Assert.NotEmpty((await replica.ReadBuckets(new BucketRange(new(0), new(long.MaxValue), int.MaxValue))).Buckets);
        var error = await Assert.ThrowsAsync<QuestionTooLargeException>(() => replica.LookUp([.. Enumerable.Repeat(EventKey.FirstAt(0), 10_001)]));
        Assert.Equal(10_000, error.Limit);
    }

    [Fact]
    public async Task A_peer_that_is_needed_is_dropped_by_force_only_and_the_refusal_says_what_would_be_lost()
    {
        await using var cluster = await AllDataCluster.StartAsync([Two[0]]);
        await cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("1"));
        var registry = cluster.Client.GetPeerRegistry();

        var error = await Assert.ThrowsAsync<PeerStillNeededException>(() => registry.DropPeer(North));

        Assert.Equal(North, error.Peer);
        var shortage = Assert.Single(error.Check.Shortages);
        Assert.Equal((0, 1, 1L), (shortage.CopiesLeft, shortage.CopiesAsked, shortage.Events));
        Assert.Single((await registry.GetTopology()).Peers);
        Assert.Empty((await registry.DropPeer(North, force: true)).Peers);
    }

    [Fact]
    public async Task A_peer_that_was_drained_is_dropped_after_it_was_stopped()
    {
        var time = new ShiftedTime();
        await using var cluster = await AllDataCluster.StartAsync(Two, (_, options) => options.Replication.Factor = 1, time);
        await cluster.CoordinatorOn(North.Value).Put(EventPayload.FromText("1"));
        var registry = cluster.Client.GetPeerRegistry();
        await cluster.AwaitTopologyAsync(await registry.Drain(West));
        await Eventually.IsAsync("waiting until nothing needs a copy elsewhere", () => CountAsync(cluster), check => check.Shortages.IsEmpty
            && check.NotAnswering.IsEmpty);
        Assert.False((await registry.GetPeers()).Single(p => p.Peer.Id == West).IsDrained);

        time.Advance(TimeSpan.FromSeconds(20));
        await CountAsync(cluster);
        Assert.True((await registry.GetPeers()).Single(p => p.Peer.Id == West).IsDrained);
        registry = await KillWestAsync(cluster);

        Assert.Equal([North], (await registry.DropPeer(West)).Peers.Select(p => p.Id));
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_and_was_not_drained_is_not_dropped()
    {
        await using var cluster = await AllDataCluster.StartAsync(Two);
        var registry = await KillWestAsync(cluster);
        var error = await Assert.ThrowsAsync<PeerStillNeededException>(() => registry.DropPeer(West));
        Assert.Equal([West], error.Check.NotAnswering.AsEnumerable());
    }

    // The registry may have lived on the silo that is gone.
    private static async Task<IPeerRegistryGrain> KillWestAsync(AllDataCluster cluster)
    {
        await cluster.KillAsync(West.Value);
        var registry = cluster.Service<IGrainFactory>(North.Value).GetPeerRegistry();
        await Eventually.Succeeds("asking the registry at the silo that is left", TimeSpan.FromSeconds(60), async () => await registry.GetTopology());
        return registry;
    }

    private static async Task<DepartureCheck> CountAsync(AllDataCluster cluster)
    {
        DepartureCheck? last = null;
        await foreach (var check in cluster.Client.GetClusterAudit().CheckDeparture(West))
        {
            last = check;
        }

        return last!;
    }
}
