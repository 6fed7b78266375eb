using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Remote;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

public sealed class RegistryLedgerTests
{
    private static readonly Guid Cluster = Guid.NewGuid();
    private static readonly PeerLocation NorthA = new("north", "a");
    private static readonly PeerLocation NorthB = new("north", "b");
    private static readonly PeerId Peer = PeerId.Parse("north-a");

    [Fact]
    public void The_first_announcement_makes_the_cluster_and_gives_ordinal_one()
    {
        var topology = RegistryLedger.Snapshot(Announce(new RegistryState(), Peer, Guid.NewGuid()));

        Assert.Equal(1, topology.Version);
        Assert.Equal(Cluster, topology.ClusterId);
        Assert.Equal(TimeSpan.FromDays(1), topology.IntervalLength);
        Assert.Equal(1, Assert.Single(topology.Peers).Ordinal);
    }

    [Fact]
    public void The_same_announcement_again_is_no_change()
    {
        var directory = Guid.NewGuid();
        var once = Announce(new RegistryState(), Peer, directory);

        Assert.Same(once, Announce(once, Peer, directory));
    }

    [Fact]
    public void A_new_directory_under_an_old_name_gets_a_new_ordinal_and_the_old_one_is_kept()
    {
        var first = Guid.NewGuid();
        var state = Announce(Announce(new RegistryState(), Peer, first), Peer, Guid.NewGuid());
        var topology = RegistryLedger.Snapshot(state);

        Assert.Equal(2, Assert.Single(topology.Peers).Ordinal);
        Assert.Equal([1, 2], topology.Ordinals.Select(o => o.Ordinal));
        Assert.Equal(first, topology.Ordinals[0].Directory);

        // The old directory comes back: its old ordinal, not a third one.
        Assert.Equal(1, Assert.Single(RegistryLedger.Snapshot(Announce(state, Peer, first)).Peers).Ordinal);
    }

    [Fact]
    public void Adding_the_same_peer_again_is_no_change_and_elsewhere_is_refused()
    {
        var state = RegistryLedger.Add(new RegistryState(), Peer, NorthA, Cluster);

        Assert.Same(state, RegistryLedger.Add(state, Peer, NorthA, Cluster));
        var refused = Assert.Throws<PeerRefusedException>(() => RegistryLedger.Add(state, Peer, NorthB, Cluster));
        Assert.Contains("north/a", refused.Message, StringComparison.Ordinal);
        Assert.Contains("north/b", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_added_by_hand_keeps_its_ordinal_for_its_first_directory()
    {
        var added = RegistryLedger.Add(new RegistryState(), Peer, NorthA, Cluster);
        var ordinal = Assert.Single(RegistryLedger.Snapshot(added).Peers).Ordinal;
        var directory = Guid.NewGuid();

        var announced = Assert.Single(RegistryLedger.Snapshot(Announce(added, Peer, directory)).Peers);

        Assert.Equal(ordinal, announced.Ordinal);
        Assert.Equal(directory, announced.Directory);
    }

    [Fact]
    public void Dropping_an_unknown_peer_changes_nothing()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());

        Assert.Same(state, RegistryLedger.Drop(state, PeerId.Parse("unknown")));
    }

    [Fact]
    public void A_dropped_peer_cannot_announce_itself_back_and_only_add_revives_it()
    {
        var directory = Guid.NewGuid();
        var dropped = RegistryLedger.Drop(Announce(new RegistryState(), Peer, directory), Peer);
        Assert.Empty(RegistryLedger.Snapshot(dropped).Peers);
        Assert.Equal("north", Assert.Single(dropped.Tombstones).Region);

        var announced = Announce(dropped, Peer, directory);
        Assert.Empty(RegistryLedger.Snapshot(announced).Peers);

        var revived = RegistryLedger.Add(announced, Peer, NorthA, Cluster);
        Assert.Equal(1, Assert.Single(RegistryLedger.Snapshot(revived).Peers).Ordinal);
        Assert.Empty(revived.Tombstones);
    }

    [Fact]
    public void A_dropped_peer_that_announces_a_new_directory_still_gets_an_ordinal_to_coordinate_with()
    {
        var dropped = RegistryLedger.Drop(Announce(new RegistryState(), Peer, Guid.NewGuid()), Peer);
        var directory = Guid.NewGuid();

        var topology = RegistryLedger.Snapshot(Announce(dropped, Peer, directory));

        Assert.Empty(topology.Peers);
        Assert.Contains(topology.Ordinals, o => o.Directory == directory && o.Ordinal == 2);

        // Revived, it is the peer with its present directory.
        var revived = RegistryLedger.Add(Announce(dropped, Peer, directory), Peer, NorthA, Cluster);
        Assert.Equal(2, Assert.Single(RegistryLedger.Snapshot(revived).Peers).Ordinal);
    }

    [Fact]
    public void When_a_directory_was_given_its_ordinal_and_when_it_ended_is_noted_and_kept()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var state = Announce(new RegistryState(), Peer, first, now: 100);
        Assert.Equal((100, 0), Times(state, 1));
        Assert.Same(state, RegistryLedger.NoteEnds(state, Announce(state, Peer, first, now: 150), 150));

        var replaced = RegistryLedger.NoteEnds(state, Announce(state, Peer, second, now: 200), 200);
        Assert.Equal((100, 200), Times(replaced, 1));
        Assert.Equal((200, 0), Times(replaced, 2));
        Assert.True(replaced.Version > state.Version);

        var dropped = RegistryLedger.NoteEnds(replaced, RegistryLedger.Drop(replaced, Peer), 300);
        Assert.Equal((200, 300), Times(dropped, 2));

        // An older state that is put back hears of it from the silos.
        var seen = new SeenTopology("", RegistryLedger.Snapshot(dropped));
        Assert.Equal((100, 200), Times(RegistryLedger.Hear(replaced, seen, OrdinalSource.Alone), 1));
        Assert.Equal((200, 300), Times(RegistryLedger.Hear(replaced, seen, OrdinalSource.Alone), 2));
        Assert.Equal((200, 300), Times(RegistryLedger.Hear(state, seen, OrdinalSource.Alone), 2));

        // What the silos have told is not what has just happened.
        var told = new SeenTopology("", RegistryLedger.Snapshot(replaced));
        var heard = RegistryLedger.NoteEnds(state, RegistryLedger.Hear(state, told, OrdinalSource.Alone), 900);
        Assert.Equal((100, 200), Times(heard, 1));
        Assert.Equal((200, 0), Times(heard, 2));
    }

    [Fact]
    public void A_directory_that_was_never_its_peers_ends_at_once_and_one_that_coordinates_nothing_has_no_end()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid(), now: 100);
        var dropped = RegistryLedger.NoteEnds(state, RegistryLedger.Drop(state, Peer), 200);
        var again = RegistryLedger.NoteEnds(dropped, Announce(dropped, Peer, Guid.NewGuid(), now: 300), 300);
        Assert.Equal((300, 300), Times(again, 2));

        var other = PeerId.Parse("original-x");
        var added = RegistryLedger.AddPutOnly(state, other, NorthA, new PeerRoute("alldata-http", "http://127.0.0.1:1"), Guid.NewGuid(), Cluster);
        var without = RegistryLedger.NoteEnds(added, RegistryLedger.Drop(added, other), 400);
        Assert.Equal(0, Times(without, 2).EndedAt);
    }

    [Fact]
    public void Draining_survives_an_announcement_and_read_only_does_not()
    {
        var directory = Guid.NewGuid();
        var state = Announce(new RegistryState(), Peer, directory);

        var draining = RegistryLedger.SetDraining(state, Peer, draining: true);
        Assert.Equal(PeerStatus.Draining, Status(Announce(draining, Peer, directory)));
        Assert.Equal(PeerStatus.Active, Status(RegistryLedger.SetDraining(draining, Peer, draining: false)));

        var readOnly = RegistryLedger.SetReadOnly(state, Peer, readOnly: true);
        Assert.Equal(PeerStatus.ReadOnly, Status(readOnly));
        Assert.Equal(PeerStatus.Active, Status(Announce(readOnly, Peer, directory)));
    }

    [Fact]
    public void A_move_takes_effect_and_the_configured_location_wins_at_the_next_announcement()
    {
        var directory = Guid.NewGuid();
        var moved = RegistryLedger.Move(Announce(new RegistryState(), Peer, directory), Peer, NorthB);

        Assert.Equal(NorthB, RegistryLedger.Snapshot(moved).Peers[0].Location);
        Assert.Equal(NorthA, RegistryLedger.Snapshot(Announce(moved, Peer, directory)).Peers[0].Location);
    }

    [Fact]
    public void Every_change_raises_the_version_by_one_and_leaves_the_former_state_as_it_was()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        var moved = RegistryLedger.Move(state, Peer, NorthB);

        Assert.Equal(state.Version + 1, moved.Version);
        Assert.Equal(NorthA, RegistryLedger.Snapshot(state).Peers[0].Location);
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("move")]
    [InlineData("read-only")]
    public void An_order_for_a_peer_that_is_not_registered_is_refused_by_name(string order)
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        var unknown = PeerId.Parse("unknown");

        var refused = Assert.Throws<PeerRefusedException>(() => order switch
        {
            "drain" => RegistryLedger.SetDraining(state, unknown, draining: true),
            "move" => RegistryLedger.Move(state, unknown, NorthA),
            _ => RegistryLedger.SetReadOnly(state, unknown, readOnly: true),
        });
        Assert.Contains("'unknown'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_another_cluster_and_another_interval_length_are_refused_with_both_values()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        var foreign = Guid.NewGuid();

        var cluster = Assert.Throws<PeerRefusedException>(
            () => RegistryLedger.Announce(state, Announcement(Peer, Guid.NewGuid()) with { ClusterId = foreign }, Cluster));
        Assert.Contains(foreign.ToString(), cluster.Message, StringComparison.Ordinal);
        Assert.Contains(Cluster.ToString(), cluster.Message, StringComparison.Ordinal);

        var interval = Assert.Throws<PeerRefusedException>(
            () => RegistryLedger.Announce(state, Announcement(Peer, Guid.NewGuid()) with { IntervalLength = TimeSpan.FromHours(1) }, Cluster));
        Assert.Contains("01:00:00", interval.Message, StringComparison.Ordinal);
        Assert.Contains("1.00:00:00", interval.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_that_has_lost_an_ordinal_takes_it_back_from_the_directory_that_has_it()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        var directory = Guid.NewGuid();

        var restored = RegistryLedger.Announce(
            state, Announcement(PeerId.Parse("north-b"), directory) with { KnownOrdinal = 7, KnownVersion = 12 }, Cluster);

        var topology = RegistryLedger.Snapshot(restored);
        Assert.Equal(7, topology.Peers.Single(p => p.Id.Value == "north-b").Ordinal);
        Assert.True(topology.Version > 12, "Silos that know version 12 would not take over an older one.");
        Assert.Equal(8, RegistryLedger.Snapshot(Announce(restored, PeerId.Parse("west-c"), Guid.NewGuid())).Ordinals[^1].Ordinal);
    }

    [Fact]
    public void An_ordinal_that_was_given_twice_is_refused()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());

        var refused = Assert.Throws<PeerRefusedException>(
            () => RegistryLedger.Announce(state, Announcement(PeerId.Parse("north-b"), Guid.NewGuid()) with { KnownOrdinal = 1 }, Cluster));
        Assert.Contains("ordinal 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_or_a_location_that_is_none_is_refused_before_it_is_kept()
    {
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.Add(new RegistryState(), default, NorthA, Cluster));
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.Add(new RegistryState(), Peer, default, Cluster));
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.Move(state, Peer, new PeerLocation("north", " ")));
    }

    [Fact]
    public void Ordinals_run_out_with_a_sentence_instead_of_being_reused()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        state.Ordinals[0].Ordinal = 9_999;
        state.Peers[0].Ordinal = 9_999;
        state.Ordinals.AddRange(Enumerable.Range(1,
            99).Select(static i => new RegistryOrdinal { Ordinal = 100 * i, Peer = $"p{i}", Directory = Guid.NewGuid() }));

        var refused = Assert.Throws<PeerRefusedException>(() => Announce(state, PeerId.Parse("north-b"), Guid.NewGuid()));
        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
    }

    private static PeerStatus Status(RegistryState state) => RegistryLedger.Snapshot(state).Peers[0].Status;

    private static (long GivenAt, long EndedAt) Times(RegistryState state, int ordinal) =>
        RegistryLedger.Snapshot(state).Ordinals.Where(o => o.Ordinal == ordinal).Select(static o => (o.GivenAt, o.EndedAt)).Single();

    private static RegistryState Announce(RegistryState state, PeerId peer, Guid directory, long now = 0) =>
        RegistryLedger.Announce(state, Announcement(peer, directory), Cluster, new OrdinalSource { Now = now });

    private static PeerAnnouncement Announcement(PeerId peer, Guid directory) => new(
        peer, NorthA, Stores: true, directory, Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero, KnownOrdinal: 0, KnownVersion: 0);
}
