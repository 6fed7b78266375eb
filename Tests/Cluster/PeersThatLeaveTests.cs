using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace AllData.Tests.Cluster;

/// <summary>Peers that are drained, dropped or away for long, in a cluster of real silos.</summary>
public sealed class PeersThatLeaveTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly PeerId West = PeerId.Parse("west-d");

    [Fact]
    public async Task Draining_fails_no_put_and_new_copysets_go_around_the_peer()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        using var stop = new CancellationTokenSource();
        var puts = PutUntilAsync(cluster, stop.Token);

        var topology = await cluster.Client.GetPeerRegistry().Drain(West);
        await cluster.AwaitTopologyAsync(topology);
        var after = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => PutAsync(cluster)));
        await stop.CancelAsync();

        Assert.True(await puts > 0);
        Assert.Equal(ReplacementReason.Drained, Assert.Single(topology.Replacements).Reason);
        Assert.DoesNotContain(after, r => r.Replicas.Concat(r.Pending).Any(replica => replica.Peer == West));

        // What names it is owed by another one now, and by itself again when the order is taken back.
        var copyset = CopysetWith(topology, West);
        Assert.DoesNotContain(West, Owing(topology, copyset));
        var undrained = await cluster.Client.GetPeerRegistry().Undrain(West);
        Assert.Contains(West, Owing(undrained, copyset));
    }

    [Fact]
    public async Task A_peer_that_is_away_for_longer_than_the_grace_period_is_replaced_until_it_returns()
    {
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six, (_, options) => options.Repair.GracePeriod = TimeSpan.FromSeconds(1));
        var registry = cluster.Client.GetPeerRegistry();
        var before = await registry.GetTopology();
        Assert.Empty(before.Replacements);
        await cluster.KillAsync(West.Value);

        var away = await Eventually.IsAsync(
            "waiting until the peer is replaced", () => cluster.Client.GetPeerRegistry().GetTopology(), t => t.Replacements.Length > 0);
        var entry = Assert.Single(away.Replacements);
        Assert.Equal((West, ReplacementReason.Away, before.Peers.Single(p => p.Id == West).Ordinal), (entry.Peer, entry.Reason, entry.Ordinal));
        Assert.Equal(PeerStatus.Away, away.Peers.Single(p => p.Id == West).Status);
        Assert.Equal(5, entry.Candidates.Length);
        await cluster.AwaitTopologyAsync(away);

        // It is the only other zone of its region: until now every copyset of that coordinator had it.
        Assert.Equal(Adherence.Strict, (await PutAsync(cluster)).Adherence);

        await cluster.RestartAsync(West.Value);
        var returned = await Eventually.IsAsync(
            "waiting until it has its place again", () => cluster.Client.GetPeerRegistry().GetTopology(), t => t.Replacements.IsEmpty);
        Assert.Equal(PeerStatus.Active, returned.Peers.Single(p => p.Id == West).Status);
        Assert.Equal(before.Ordinals.AsEnumerable(), returned.Ordinals.AsEnumerable());
    }

    [Fact]
    public async Task A_peer_that_is_called_away_while_a_silo_hosts_it_says_so()
    {
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six, (_, options) => options.Deadlines.TopologyRefresh = TimeSpan.FromMilliseconds(250));
        var registry = cluster.Client.GetPeerRegistry();
        var storage = cluster.Service<IServiceProvider>("north-a").GetRequiredKeyedService<IGrainStorage>(AllDataStorageNames.GrainState);
        var kept = new GrainState<RegistryState>();
        await storage.ReadStateAsync("registry", registry.GetGrainId(), kept);
        var longAgo = DateTimeOffset.UnixEpoch;
        var noted = RegistryLedger.ReplaceLongAway(kept.State!, p => p != West, longAgo.AddDays(1), TimeSpan.FromMinutes(20), TimeSpan.FromDays(1));
        kept.State = RegistryLedger.ReplaceLongAway(noted, p => p != West, longAgo.AddDays(2), TimeSpan.FromMinutes(20), TimeSpan.FromDays(1));
        Assert.Single(kept.State.Replacements);
        await storage.WriteStateAsync("registry", registry.GetGrainId(), kept);

        // The registry reads again before its next order, because the first one does not meet the state that it knows.
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => registry.Drain(PeerId.Parse("east-f")));
        var read = await registry.Drain(PeerId.Parse("east-f"));
        Assert.True(read.Version > kept.State.Version);

        var topology = await Eventually.IsAsync(
            "waiting until it has its place again", () => cluster.Client.GetPeerRegistry().GetTopology(),
            t => t.Replacements is [{ Reason: ReplacementReason.Drained }]);
        Assert.Equal(PeerStatus.Active, topology.Peers.Single(p => p.Id == West).Status);
    }

    [Fact]
    public async Task The_replacement_log_outlives_any_silo()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var dropped = await cluster.Client.GetPeerRegistry().DropPeer(West, force: true);
        var entry = Assert.Single(dropped.Replacements);

        // Wherever the registry is, it has to move at least once.
        foreach (var peer in AllDataCluster.Six.Select(p => p.Id).Where(id => id is not "north-a" and not "north-b"))
        {
            await cluster.KillAsync(peer);
        }

        await cluster.KillAsync("north-b");
        TopologySnapshot topology = null!;
        await Eventually.Succeeds(
            "asking the registry at the last silo", Bound,
            async () => topology = await cluster.Service<IGrainFactory>("north-a").GetPeerRegistry().GetTopology());
        var kept = Assert.Single(topology.Replacements);
        Assert.Equal(entry with { Candidates = kept.Candidates }, kept);
        Assert.Equal(entry.Candidates.AsEnumerable(), kept.Candidates.AsEnumerable());

        var revived = await cluster.Service<IGrainFactory>("north-a").GetPeerRegistry().AddPeer(West, new PeerLocation("west", "d"));
        Assert.Empty(revived.Replacements);
    }

    private static async Task<int> PutUntilAsync(AllDataCluster cluster, CancellationToken stop)
    {
        var puts = 0;
        for (; !stop.IsCancellationRequested; puts++)
        {
            await PutAsync(cluster);
        }

        return puts;
    }

    private static Task<PutReceipt> PutAsync(AllDataCluster cluster) => cluster.CoordinatorOn("west-c").Put(EventPayload.FromText("{}"));

    private static CopysetDefinition CopysetWith(TopologySnapshot topology, PeerId peer)
    {
        int[] others = [.. topology.Peers.Where(p => p.Id != peer).Take(2).Select(p => p.Ordinal)];
        var copyset = new Copyset([.. others, topology.Peers.Single(p => p.Id == peer).Ordinal]);
        return new CopysetDefinition(copyset.Id, copyset.Ordinals, 3);
    }

    private static ImmutableArray<PeerId> Owing(TopologySnapshot topology, CopysetDefinition copyset) =>
        [.. new CopysetResolver(Topology.Prepare(topology)).MembersOf(copyset).Select(i => topology.Peers[i].Id)];
}
