using AllData.Configuration;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;
using AllData.Tests.Unit.Federation;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

public sealed class RegistryRebuildTests
{
    private static readonly Guid Cluster = Guid.NewGuid();
    private static readonly PeerId A = PeerId.Parse("north-a");
    private static readonly PeerId B = PeerId.Parse("north-b");
    private static readonly PeerId C = PeerId.Parse("west-c");

    [Fact]
    public void Three_directories_give_the_registry_that_was_lost()
    {
        var (state, directories) = Registered(A, B, C);
        state = RegistryLedger.SetDraining(state, B, draining: true);

        var rebuilt = RegistryRebuild.From(new RegistryState(), directories.Select(d => Evidence(d, state)).ToList());

        var (before, after) = (RegistryLedger.Snapshot(state), RegistryLedger.Snapshot(rebuilt));
        Assert.Equal(before.Peers.AsEnumerable(), after.Peers);
        Assert.Equal(before.Ordinals.AsEnumerable(), after.Ordinals);
        Assert.Equal(before.Replacements.Select(r => (r.Version, r.Peer, r.Ordinal, r.Reason)), after.Replacements
            .Select(r => (r.Version, r.Peer, r.Ordinal, r.Reason)));
        Assert.Equal((Cluster, before.IntervalLength), (after.ClusterId, after.IntervalLength));
        Assert.True(after.Version > before.Version);
    }

    [Fact]
    public void The_newest_topology_counts_and_ordinals_that_only_an_older_one_or_the_blocks_know_are_not_given_again()
    {
        var (first, directories) = Registered(A, B);
        var newest = Announce(first, A, Guid.NewGuid(), out var newDirectory);
        var rebuilt = RegistryRebuild.From(
            new RegistryState(), [Evidence(directories[1], first), Evidence((A, newDirectory), newest) with { Ordinals = SeenOrdinals.Of([7]) }]);

        Assert.Equal(3, rebuilt.Peers.Single(p => p.Id == A.Value).Ordinal);
        Assert.Equal(8, OrdinalOf(Announce(rebuilt, C, Guid.NewGuid(), out var directory), directory));
    }

    // Directories see the ordinals of the whole store: the highest of all hides the highest of this cluster.
    [Fact]
    public void A_cluster_gives_no_ordinal_again_that_only_blocks_know_whatever_other_clusters_have_given()
    {
        var document = FederationSample.Document(store: Cluster);
        var north = new FederatedCluster(document, document.Clusters[0]);
        var (state, directories) = Registered(A);
        var evidence = Evidence(directories[0], state) with { Ordinals = SeenOrdinals.Of([1, 7, 603]) };

        var rebuilt = RegistryRebuild.From(new RegistryState(), [evidence], north);
        var directory = Guid.NewGuid();
        var announced = RegistryLedger.Announce(rebuilt, Announcement(B, directory), Cluster, new OrdinalSource { Federation = north });

        Assert.Equal(8, OrdinalOf(announced, directory));
    }

    [Fact]
    public void A_dropped_peer_stays_dropped()
    {
        var (state, directories) = Registered(A, B);
        state = RegistryLedger.Drop(state, B);

        var rebuilt = RegistryRebuild.From(new RegistryState(), [Evidence(directories[0], state)]);
        var announced = Announce(rebuilt, directories[1].Peer, directories[1].Directory, out _);

        Assert.Equal([A], RegistryLedger.Snapshot(announced).Peers.Select(p => p.Id));
    }

    [Fact]
    public void An_ordinal_that_two_directories_have_is_refused_naming_both()
    {
        var (common, directories) = Registered(A);
        var one = Announce(common, B, Guid.NewGuid(), out var first);
        var other = Announce(common, C, Guid.NewGuid(), out var second);

        var refused = Refused(new RegistryState(), Evidence(directories[0], common), Evidence((B, first), one), Evidence((C, second), other));

        Assert.Contains(first.ToString(), refused, StringComparison.Ordinal);
        Assert.Contains(second.ToString(), refused, StringComparison.Ordinal);
        Assert.Contains("Ordinal 2", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Different_clusters_copies_of_a_directory_and_another_peers_name_are_refused()
    {
        var (state, directories) = Registered(A, B);
        var evidence = directories.ConvertAll(d => Evidence(d, state));
        var foreign = evidence[1] with { Identity = evidence[1].Identity with { Cluster = Guid.NewGuid() } };
        Assert.Contains("different clusters", Refused(new RegistryState(), evidence[0], foreign), StringComparison.Ordinal);
        Assert.Contains("copies of one", Refused(new RegistryState(), evidence[0], evidence[0] with { Path = "/copy" }), StringComparison.Ordinal);
        var renamed = evidence[1] with { Identity = evidence[1].Identity with { Peer = C.Value } };
        Assert.Contains("'west-c'", Refused(new RegistryState(), evidence[0], renamed), StringComparison.Ordinal);
        var unbound = evidence[0] with { Identity = evidence[0].Identity with { Cluster = null } };
        Assert.Contains("nothing to rebuild", Refused(new RegistryState(), unbound), StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_that_is_as_new_or_of_another_cluster_is_left_alone_and_an_older_one_is_completed()
    {
        var (older, directories) = Registered(A);
        var newer = Announce(older, B, Guid.NewGuid(), out var directory);
        var evidence = Evidence(directories[0], newer);
        Assert.Contains("state already", Refused(newer, evidence), StringComparison.Ordinal);
        Assert.Contains("--AllData:Cluster:DatabaseFile", Refused(new RegistryState { ClusterId = Guid.NewGuid(), Version = 1 }, evidence),
            StringComparison.Ordinal);

        var completed = RegistryRebuild.From(older, [evidence]);
        Assert.Equal(2, OrdinalOf(completed, directory));
    }

    [Fact]
    public void Without_any_topology_the_cluster_and_the_ordinals_in_blocks_are_kept_and_peers_announce_themselves()
    {
        var evidence = new DirectoryEvidence("/a", new PeerIdentity(1, A.Value, Guid.NewGuid(), Cluster), Topology: null, SeenOrdinals.Of([5]), []);

        var rebuilt = Announce(RegistryRebuild.From(new RegistryState(), [evidence]), A, evidence.Identity.Directory, out _);

        Assert.Equal(Cluster, rebuilt.ClusterId);
        Assert.Equal(6, RegistryLedger.Snapshot(rebuilt).Peers.Single().Ordinal);
    }

    [Fact]
    public void Without_any_topology_a_directory_that_remembers_its_ordinal_keeps_it()
    {
        var identity = new PeerIdentity(1, A.Value, Guid.NewGuid(), Cluster, Ordinal: 3);
        var rebuilt = RegistryRebuild.From(new RegistryState(), [new DirectoryEvidence("/a", identity, Topology: null, SeenOrdinals.None, [])]);

        var announced = Announce(rebuilt, A, identity.Directory, out _);

        Assert.Equal(3, RegistryLedger.Snapshot(announced).Peers.Single().Ordinal);
        Assert.Equal(4, OrdinalOf(Announce(announced, C, Guid.NewGuid(), out var other), other));
    }

    [Fact]
    public void A_registry_restored_from_an_older_backup_hears_of_ordinals_from_whoever_announces_itself()
    {
        var (older, directories) = Registered(A, B);
        var restored = RegistryLedger.Announce(older, Announcement(A, directories[0].Directory) with { HighestOrdinal = 4 }, Cluster);

        Assert.Equal(older.Version, restored.Version);
        Assert.Equal(5, OrdinalOf(Announce(restored, C, Guid.NewGuid(), out var directory), directory));
        var nonsense = RegistryLedger.Announce(older, Announcement(A, directories[0].Directory) with { HighestOrdinal = 9_998 }, Cluster);
        Assert.Equal(3, OrdinalOf(Announce(nonsense, C, Guid.NewGuid(), out directory), directory));
    }

    private static string Refused(RegistryState present, params DirectoryEvidence[] directories) =>
        Assert.Throws<RegistryRebuildException>(() => RegistryRebuild.From(present, directories)).Message;

    private static (RegistryState State, List<(PeerId Peer, Guid Directory)> Directories) Registered(params PeerId[] peers)
    {
        var state = new RegistryState();
        var directories = new List<(PeerId, Guid)>();
        foreach (var peer in peers)
        {
            state = Announce(state, peer, Guid.NewGuid(), out var directory);
            directories.Add((peer, directory));
        }

        return (state, directories);
    }

    private static DirectoryEvidence Evidence((PeerId Peer, Guid Directory) directory, RegistryState told) => new(
        $"/data/{directory.Peer}", new PeerIdentity(1, directory.Peer.Value, directory.Directory, Cluster), RegistryLedger.Snapshot(told), SeenOrdinals.None,
        []);

    private static int OrdinalOf(RegistryState state, Guid directory) => state.Ordinals.Single(o => o.Directory == directory).Ordinal;

    private static RegistryState Announce(RegistryState state, PeerId peer, Guid given, out Guid directory)
    {
        directory = given;
        return RegistryLedger.Announce(state, Announcement(peer, given), Cluster);
    }

    private static PeerAnnouncement Announcement(PeerId peer, Guid directory) => new(
        peer, new PeerLocation("north", "a"), Stores: true, directory, Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero, KnownOrdinal: 0,
            KnownVersion: 0);
}
