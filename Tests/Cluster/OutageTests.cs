using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Puts while peers are missing, and changes of the registry in flight.</summary>
public sealed class OutageTests
{
    private static readonly EventPayload Payload = EventPayload.FromText("""{"foo":"bar"}""");
    private static readonly PutOptions All = new() { Level = CommitLevel.All };

    [Fact]
    public async Task Puts_succeed_through_replacement_while_a_zone_is_down_and_its_events_are_found_after_its_return()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var before = await cluster.CoordinatorOn("north-b").Put(Payload, All);
        Assert.Contains(before.Replicas, r => r.Peer.Value == "north-a");

        await cluster.KillAsync("north-a");
        var receipts = new List<PutReceipt>();
        for (var i = 0; i < 20; i++)
        {
            receipts.Add(await cluster.CoordinatorOn("north-b").Put(Payload, All));
        }

        Assert.All(receipts, r => Assert.Equal((3, Adherence.Relaxed), (r.Replicas.Length, r.Adherence)));
        Assert.All(receipts, r => Assert.DoesNotContain(r.Replicas, replica => replica.Peer.Value == "north-a"));

        await cluster.RestartAsync("north-a");
        var read = await cluster.CoordinatorReadAsync("north-b", before.Key);
        Assert.Contains(PeerId.Parse("north-a"), Assert.Single(read.Events).Holders);
        var after = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.Equal(Adherence.Strict, after.Adherence);
        Assert.True(after.Key > before.Key);
    }

    [Fact]
    public async Task With_too_few_peers_registered_a_put_is_refused_with_both_numbers_and_nothing_is_written()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..2], (_, o) => o.Replication.Factor = 3);

        var refused = await Assert.ThrowsAsync<NotEnoughPeersException>(() => cluster.CoordinatorOn("north-a").Put(Payload));

        Assert.Equal((3, 2, WrittenState.Nothing), (refused.ReplicationFactor, refused.PeersKnown, refused.Written));
    }

    [Fact]
    public async Task Under_replication_is_taken_where_it_is_allowed_and_the_level_is_still_that_of_the_factor_asked_for()
    {
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..2],
            (_, o) => (o.Replication.Factor, o.Replication.AllowUnderReplicated) = (3, true));

        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload);
        Assert.Equal((2, Adherence.UnderReplicated), (receipt.Replicas.Length, receipt.Adherence));

        await Assert.ThrowsAsync<NotEnoughPeersException>(() => cluster.CoordinatorOn("north-a").Put(Payload, All));
    }

    [Fact]
    public async Task At_quorum_a_put_fails_when_only_one_of_three_peers_lives_and_says_what_is_known()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        await cluster.KillAsync("north-b");
        await cluster.KillAsync("west-c");

        var failed = await Assert.ThrowsAnyAsync<PutException>(
            () => cluster.CoordinatorOn("north-a").Put(Payload, new PutOptions { Deadline = TimeSpan.FromSeconds(20) }));

        Assert.True(failed is CommitLevelNotReachedException { Needed: 2 } or PutOutcomeUnknownException, failed.ToString());
        var one = await cluster.CoordinatorOn("north-a").Put(Payload, new PutOptions { Level = CommitLevel.One });
        Assert.Equal("north-a", Assert.Single(one.Replicas).Peer.Value);
    }

    [Fact]
    public async Task A_draining_peer_takes_no_new_replicas_until_it_is_undrained()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var registry = cluster.Client.GetPeerRegistry();

        await cluster.AwaitTopologyAsync(await registry.Drain(PeerId.Parse("north-b")));
        var drained = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.DoesNotContain(drained.Replicas, r => r.Peer.Value == "north-b");
        Assert.Equal(Adherence.Strict, drained.Adherence);

        await cluster.AwaitTopologyAsync(await registry.Undrain(PeerId.Parse("north-b")));
        var undrained = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.Contains(undrained.Replicas, r => r.Peer.Value == "north-b");
    }

    [Fact]
    public async Task A_move_is_effective_without_a_restart()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);

        // Moved into north-a's own zone, north-b is no other zone any more: only the other regions are left for the second tier.
        var moved = await cluster.Client.GetPeerRegistry().Move(PeerId.Parse("north-b"), new PeerLocation("north", "a"));
        await cluster.AwaitTopologyAsync(moved);
        var receipt = await cluster.CoordinatorOn("north-a").Put(Payload, All);

        Assert.Equal(new PeerLocation("north", "a"), Assert.Single(receipt.Replicas, r => r.Peer.Value == "north-b").Location);
    }

    [Fact]
    public async Task A_dropped_peer_is_used_no_more_stays_out_after_a_restart_and_returns_when_it_is_added()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var registry = cluster.Client.GetPeerRegistry();
        var northB = PeerId.Parse("north-b");

        await cluster.AwaitTopologyAsync(await registry.DropPeer(northB, force: true));
        var dropped = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.DoesNotContain(dropped.Replicas, r => r.Peer == northB);

        await cluster.KillAsync("north-b");
        await cluster.RestartAsync("north-b", expectedPeers: 5);
        Assert.DoesNotContain((await registry.GetTopology()).Peers, p => p.Id == northB);

        // It stores nothing, but it still coordinates.
        var through = await cluster.CoordinatorOn("north-b").Put(Payload, All);
        Assert.DoesNotContain(through.Replicas, r => r.Peer == northB);

        await cluster.AwaitTopologyAsync(await registry.AddPeer(northB, new PeerLocation("north", "b")));
        var added = await cluster.CoordinatorOn("north-a").Put(Payload, All);
        Assert.Contains(added.Replicas, r => r.Peer == northB);
    }

    [Fact]
    public async Task More_bytes_in_flight_than_the_bound_are_refused_at_once_with_a_hint()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..1], (_, o) =>
        {
            o.Limits.MaxEventBytes = 1_000;
            o.Limits.MaxPutManyBytes = 1_000;
            o.Limits.MaxWaitingBytes = 1_000;
        });
        var coordinator = cluster.CoordinatorOn("north-a");
        var puts = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            try
            {
                await coordinator.Put(EventPayload.FromBytes(new byte[600]));
                return null;
            }
            catch (OverloadedException e)
            {
                return e;
            }
        }));

        Assert.Contains(puts, p => p is null);
        var overloaded = puts.First(p => p is not null)!;
        Assert.True(overloaded.RetryAfter > TimeSpan.Zero);
        Assert.Equal(WrittenState.Nothing, overloaded.Written);
        Assert.NotEqual(default, (await coordinator.Put(Payload)).Key);
    }
}
