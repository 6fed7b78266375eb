using AllData.Configuration;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>A store of one cluster is divided among one for each region.</summary>
public sealed class RegistryShareTests
{
    private static readonly Guid Store = Guid.NewGuid();

    private readonly RegistryState _whole = Announce(Announce(Announce(Announce(new RegistryState(), "north-a"), "west-c"), "north-b"), "west-c");

    [Fact]
    public void Each_cluster_has_its_peers_and_their_ordinals_and_gives_new_ones_from_its_own_range()
    {
        var (north, west) = (Share("north"), Share("west"));

        Assert.Equal(["north-a 1", "north-b 3"], RegistryLedger.Snapshot(north).Peers.Select(static p => $"{p.Id} {p.Ordinal}"));
        Assert.Equal(["west-c 4"], RegistryLedger.Snapshot(west).Peers.Select(static p => $"{p.Id} {p.Ordinal}"));
        Assert.Equal([2, 4], west.Ordinals.Select(static o => o.Ordinal));
        Assert.Equal(_whole.ClusterId, west.ClusterId);

        var source = new OrdinalSource { Federation = Document().Find("west") is { } own ? new FederatedCluster(Document(), own) : null };
        Assert.Equal(600, RegistryLedger.Snapshot(Announce(west, "west-d", source)).Peers[1].Ordinal);
    }

    [Fact]
    public void Together_they_say_of_a_copyset_what_the_one_registry_said()
    {
        var copyset = new CopysetDefinition(new(7), [1, 2, 3], 3);
        var (north, west) = (RegistryLedger.Snapshot(Share("north")), RegistryLedger.Snapshot(Share("west")));
        var store = StoreTopology.Combine(north, [new ClusterSnapshot(0, north, []), new ClusterSnapshot(1, west, [])]);

        Assert.Equal(Owing(RegistryLedger.Snapshot(_whole)), Owing(store.Snapshot));

        List<PeerId> Owing(TopologySnapshot topology) =>
            [.. new CopysetResolver(Topology.Prepare(topology)).MembersOf(copyset).Select(i => topology.Peers[i].Id).Order()];
    }

    [Fact]
    public void A_document_that_leaves_something_out_is_refused()
    {
        var wrong = Document() with { Clusters = [Cluster(0, "north", new(1, 3), new(5, 599)), Cluster(1, "west", new(4, 4), new(600, 1_199))] };
        Assert.Contains("'west-c' has or had ordinal 2", Refusal(wrong), StringComparison.Ordinal);
        Assert.Contains("to no cluster", Refusal(Document() with { Clusters = [Cluster(0, "north", new OrdinalRange(1, 599))] }), StringComparison.Ordinal);
        Assert.Contains("aliases", Refusal(Document() with { Store = Guid.NewGuid() }), StringComparison.Ordinal);
        Assert.Contains("change the document", Refusal(Document() with { IntervalLength = TimeSpan.FromHours(1) }), StringComparison.Ordinal);
    }

    private static FederationDocument Document() => new()
    {
        Store = Store,
        Version = 1,
        IntervalLength = TimeSpan.FromDays(1),
        Clusters = [Cluster(0, "north", new(1, 1), new(3, 3), new(5, 599)), Cluster(1, "west", new(2, 2), new(4, 4), new(600, 1_199))],
    };

    private static FederationCluster Cluster(int number, string name, params OrdinalRange[] ordinals) =>
        new() { Number = number, Name = name, Regions = [name], Ordinals = [.. ordinals] };

    private RegistryState Share(string name) => RegistryShare.Of(_whole, new FederatedCluster(Document(), Document().Find(name)!));

    private string Refusal(FederationDocument document) =>
        Assert.Throws<RegistryRebuildException>(() => RegistryShare.Of(_whole, new FederatedCluster(document, document.Clusters[0]))).Message;

    private static RegistryState Announce(RegistryState state, string peer, OrdinalSource? source = null) => RegistryLedger.Announce(
        state,
        new PeerAnnouncement(
            PeerId.Parse(peer), new PeerLocation(peer.Split('-')[0], peer[^1..]), true, Guid.NewGuid(), Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero,
            0, 0),
        Store,
        source);
}
