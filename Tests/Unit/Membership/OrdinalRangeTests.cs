using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Tests.Unit.Federation;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>A registry gives ordinals of its own cluster's ranges, and each once, whatever it was put back to.</summary>
public sealed class OrdinalRangeTests
{
    private static readonly PeerId Peer = PeerId.Parse("north-a");

    [Fact]
    public void Ordinals_come_from_the_own_ranges_in_their_order()
    {
        var source = SourceOf(new OrdinalRange(4, 5), new OrdinalRange(1300, 1301));
        var state = new RegistryState();
        for (var i = 0; i < 4; i++)
        {
            state = Announce(state, PeerId.Parse($"p{i}"), source);
        }

        Assert.Equal([4, 5, 1300, 1301], state.Ordinals.Select(static o => o.Ordinal));
        Assert.Equal(FederationSample.Store, state.ClusterId);
    }

    [Fact]
    public void Ranges_that_are_used_up_are_named_with_the_way_out()
    {
        var source = SourceOf(new OrdinalRange(4, 4), new OrdinalRange(7, 7));
        var state = Announce(Announce(new RegistryState(), Peer, source), PeerId.Parse("b"), source);

        var error = Assert.Throws<OrdinalsUsedUpException>(() => Announce(state, PeerId.Parse("c"), source));

        Assert.Equal(("4-4, 7-7", PeerId.Parse("c")), (error.Ranges, error.Peer));
        Assert.Contains("Give the cluster a further range above 7", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, Announce(state, PeerId.Parse("c"), SourceOf(new OrdinalRange(4, 4), new OrdinalRange(7, 8))).Ordinals.Count);
    }

    [Fact]
    public void What_was_given_before_the_document_stays_and_others_are_given_above_it()
    {
        var state = Announce(Announce(new RegistryState(), Peer, OrdinalSource.Alone), PeerId.Parse("b"), OrdinalSource.Alone);
        var source = SourceOf(new OrdinalRange(1, 599));
        var before = state.Ordinals[0];

        state = Announce(state, Peer, source, before.Directory, before.Ordinal);
        state = Announce(state, PeerId.Parse("c"), source);

        Assert.Equal([1, 2, 3], state.Ordinals.Select(static o => o.Ordinal));
    }

    [Fact]
    public void A_directory_with_another_clusters_ordinal_is_refused_naming_both_clusters()
    {
        var source = SourceOf(new OrdinalRange(1, 599));
        var state = Announce(new RegistryState(), Peer, source);

        var error = Assert.Throws<PeerRefusedException>(() => Announce(state, PeerId.Parse("b"), source, known: 620));

        Assert.Contains("gives it to cluster 'west' (1), and this is cluster 'north' (0), which has 1-599", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_with_an_ordinal_that_no_range_has_is_refused_unless_it_was_given_here()
    {
        var alone = new RegistryState { HighestOrdinal = 1999 };
        alone = Announce(alone, Peer, OrdinalSource.Alone);
        var given = Assert.Single(alone.Ordinals);
        var source = SourceOf(new OrdinalRange(1, 599), new OrdinalRange(2500, 2600));

        Assert.Equal(2000, given.Ordinal);
        Assert.Equal(2000, Announce(alone, Peer, source, given.Directory, 2000).Peers[0].Ordinal);
        var error = Assert.Throws<PeerRefusedException>(() => Announce(alone, PeerId.Parse("b"), source, known: 1999));
        Assert.Contains("has it in no range", error.Message, StringComparison.Ordinal);

        // Above all that was given: of two directories of a peer the later one has the higher ordinal.
        Assert.Equal(2500, Announce(alone, PeerId.Parse("b"), source).Ordinals[1].Ordinal);
    }

    [Fact]
    public void A_document_that_gives_away_what_this_registry_gave_is_refused()
    {
        var state = Announce(new RegistryState { HighestOrdinal = 699 }, Peer, OrdinalSource.Alone);

        var error = Assert.Throws<PeerRefusedException>(
            () => Announce(state, Peer, SourceOf(new OrdinalRange(1, 599)), state.Ordinals[0].Directory, known: 0));

        Assert.Contains("This registry gave ordinal 700 to peer 'north-a'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_of_another_store_takes_nobody_in()
    {
        var state = RegistryLedger.Announce(new RegistryState(), Announcement(Peer, Guid.NewGuid()), Guid.NewGuid());

        var error = Assert.Throws<PeerRefusedException>(() => Announce(state, Peer, SourceOf(new OrdinalRange(1, 599)), state.Ordinals[0].Directory));
        Assert.Contains($"This registry belongs to cluster {state.ClusterId}.", error.Message, StringComparison.Ordinal);
        state.ClusterId = FederationSample.Alias;
        Assert.Single(Announce(state, Peer, SourceOf(new OrdinalRange(1, 599)), state.Ordinals[0].Directory).Peers);
    }

    [Fact]
    public void A_directory_of_an_alias_is_of_the_store()
    {
        var source = SourceOf(new OrdinalRange(1, 599));
        var state = Announce(new RegistryState(), Peer, source);
        var announcement = Announcement(PeerId.Parse("b"), Guid.NewGuid()) with { ClusterId = FederationSample.Alias };

        Assert.Equal(2, RegistryLedger.Announce(state, announcement, Guid.Empty, source).Peers.Count);
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.Announce(state, announcement, Guid.Empty));
    }

    [Fact]
    public void A_registry_with_an_older_document_or_none_gives_no_new_ordinal()
    {
        var state = Announce(new RegistryState(), Peer, SourceOf(2, new OrdinalRange(1, 599)));

        Assert.Throws<RegistryUnavailableException>(() => Announce(state, PeerId.Parse("b"), SourceOf(1, new OrdinalRange(1, 599))));
        var error = Assert.Throws<RegistryUnavailableException>(() => Announce(state, PeerId.Parse("b"), OrdinalSource.Alone));
        Assert.Contains("has no federation document, and version 2 is in use", error.Message, StringComparison.Ordinal);

        // Who has an ordinal needs no new one.
        Assert.Single(Announce(state, Peer, OrdinalSource.Alone, state.Ordinals[0].Directory, 1).Peers);
    }

    [Fact]
    public void What_silos_have_seen_is_not_given_again()
    {
        var backup = Announce(new RegistryState(), Peer, OrdinalSource.Alone);
        var heard = RegistryLedger.Hear(backup, Seen("1-3"), OrdinalSource.Alone);

        Assert.Equal(backup.Version, heard.Version);
        Assert.Equal(4, Announce(heard, PeerId.Parse("b"), OrdinalSource.Alone).Ordinals[1].Ordinal);
        Assert.Same(heard, RegistryLedger.Hear(heard, Seen("2"), OrdinalSource.Alone));

        // Nonsense would use all of them up; another cluster's are no concern.
        Assert.Same(heard, RegistryLedger.Hear(heard, Seen("5000"), OrdinalSource.Alone));
        var source = SourceOf(new OrdinalRange(1, 599));
        Assert.Equal(3, RegistryLedger.Hear(backup, Seen("3 700"), source).HighestOrdinal);
    }

    [Fact]
    public void An_ordinal_that_waited_when_the_backup_was_made_is_taken_back_by_its_directory_and_given_to_no_other_one()
    {
        var backup = RegistryLedger.Add(new RegistryState(), Peer, new PeerLocation("north", "a"), FederationSample.Store);
        var given = Guid.NewGuid();

        Assert.Equal(given, Assert.Single(Announce(backup, Peer, OrdinalSource.Alone, given, known: 1).Ordinals).Directory);
        var heard = RegistryLedger.Hear(backup, Seen("1"), OrdinalSource.Alone);
        var renewed = Announce(heard, Peer, OrdinalSource.Alone);
        Assert.Equal(2, Assert.Single(renewed.Ordinals).Ordinal);
        Assert.Equal([1, 2], Announce(renewed, PeerId.Parse("b"), OrdinalSource.Alone, given, known: 1).Ordinals.Select(static o => o.Ordinal).Order());
    }

    [Fact]
    public void Peers_and_directories_that_a_silo_remembers_are_taken_back_and_a_dropped_peer_is_not()
    {
        var (b, c) = (PeerId.Parse("b"), PeerId.Parse("c"));
        var backup = Announce(Announce(new RegistryState(), Peer, OrdinalSource.Alone), c, OrdinalSource.Alone);
        var later = Announce(Announce(backup, b, OrdinalSource.Alone), Peer, OrdinalSource.Alone);
        var told = new SeenTopology("", RegistryLedger.Snapshot(RegistryLedger.SetDraining(later, b, draining: true)));
        var restored = RegistryLedger.Drop(backup, c);

        var heard = RegistryLedger.Hear(restored, told, OrdinalSource.Alone);

        Assert.Equal(restored.Version + 1, heard.Version);
        Assert.Equal([1, 2, 3, 4], heard.Ordinals.Select(static o => o.Ordinal));
        Assert.Equal([("b", 3, PeerStatus.Draining), ("north-a", 4, PeerStatus.Active)],
            RegistryLedger.Snapshot(heard).Peers.Select(static p => (p.Id.Value, p.Ordinal, p.Status)));
        Assert.Equal("c", Assert.Single(heard.Tombstones).Id);
        Assert.Same(heard, RegistryLedger.Hear(heard, told, OrdinalSource.Alone));
        Assert.Same(restored, RegistryLedger.Hear(
            restored, told with { Topology = told.Topology with { ClusterId = Guid.NewGuid() } }, OrdinalSource.Alone));
    }

    [Fact]
    public void An_ordinal_that_two_directories_have_stays_with_the_one_that_the_registry_knows()
    {
        var backup = Announce(new RegistryState(), Peer, OrdinalSource.Alone);
        var later = Announce(backup, PeerId.Parse("b"), OrdinalSource.Alone);
        var restored = Announce(backup, PeerId.Parse("c"), OrdinalSource.Alone);

        Assert.Same(restored, RegistryLedger.Hear(restored, new SeenTopology("1-2", RegistryLedger.Snapshot(later)), OrdinalSource.Alone));
    }

    [Fact]
    public void A_registry_that_has_lost_changes_says_nothing_new_before_it_has_heard()
    {
        var state = Announce(new RegistryState(), Peer, OrdinalSource.Alone);
        var deaf = new OrdinalSource { NotHeard = "It has not heard yet." };
        var announcement = Announcement(Peer, state.Ordinals[0].Directory) with { KnownOrdinal = 1, KnownVersion = 7 };

        var error = Assert.Throws<RegistryUnavailableException>(() => RegistryLedger.Announce(state, announcement, Guid.Empty, deaf));
        Assert.Equal("Peer 'north-a' knows topology 7, and the registry is at 1. It has not heard yet.", error.Message);
        Assert.Equal(8, RegistryLedger.Announce(state, announcement, Guid.Empty).Version);
    }

    [Fact]
    public void While_it_has_not_heard_a_registry_gives_nothing_new_and_does_everything_else()
    {
        var state = Announce(new RegistryState(), Peer, OrdinalSource.Alone);
        var deaf = new OrdinalSource { NotHeard = "It has not heard yet." };

        var error = Assert.Throws<RegistryUnavailableException>(() => Announce(state, PeerId.Parse("b"), deaf));
        Assert.Equal("Peer 'b' needs a new ordinal. It has not heard yet.", error.Message);
        Assert.Single(Announce(state, Peer, deaf, state.Ordinals[0].Directory, 1).Peers);
        Assert.Equal(2, Announce(state, PeerId.Parse("b"), deaf, known: 2).Peers.Count);
        Assert.Throws<RegistryUnavailableException>(
            () => RegistryLedger.Add(state, PeerId.Parse("c"), new PeerLocation("north", "a"), Guid.Empty, deaf));
    }

    [Fact]
    public void It_waits_for_all_that_could_tell_and_for_those_that_are_silent_only_for_a_time()
    {
        var (a, b) = (PeerId.Parse("a"), PeerId.Parse("b"));
        var hearing = new OrdinalHearing();
        hearing.OnHeard(b);

        Assert.Contains("has not heard yet from a which", hearing.WhyNotYet([b, a, a], TimeSpan.FromSeconds(1)), StringComparison.Ordinal);
        Assert.Null(hearing.WhyNotYet([a], OrdinalHearing.Patience));
        hearing.OnHeard(a);
        Assert.Null(hearing.WhyNotYet([a, b], TimeSpan.Zero));
    }

    private static OrdinalSource SourceOf(params OrdinalRange[] north) => SourceOf(1, north);

    private static OrdinalSource SourceOf(int version, params OrdinalRange[] north)
    {
        var document = FederationSample.Document(version, north: north);
        return new OrdinalSource { Federation = new FederatedCluster(document, document.Clusters[0]) };
    }

    private static SeenTopology Seen(string ordinals) => new(ordinals, RegistryLedger.Snapshot(new RegistryState()));

    private static RegistryState Announce(RegistryState state, PeerId peer, OrdinalSource source, Guid? directory = null, int known = 0) =>
        RegistryLedger.Announce(state, Announcement(peer, directory ?? Guid.NewGuid()) with { KnownOrdinal = known }, FederationSample.Store, source);

    private static PeerAnnouncement Announcement(PeerId peer, Guid directory) => new(
        peer, new PeerLocation("north", "a"), Stores: true, directory, Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero, 0, 0);
}
