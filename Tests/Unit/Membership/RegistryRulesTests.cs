using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>What the registry accepts from callers, and what it does with what an older one accepted.</summary>
public sealed class RegistryRulesTests
{
    private static readonly Guid Cluster = Guid.NewGuid();
    private static readonly PeerId Peer = PeerId.Parse("north-a");
    private static readonly PeerId Other = PeerId.Parse("north-b");

    [Theory]
    [InlineData(9_999)]
    [InlineData(102)]
    [InlineData(10_000)]
    [InlineData(-1)]
    public void An_ordinal_far_from_those_that_were_given_is_not_believed(int ordinal)
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        Assert.Throws<PeerRefusedException>(() => Announce(state, Other, Guid.NewGuid(), knownOrdinal: ordinal));
        Assert.Equal(2, RegistryLedger.Snapshot(Announce(state, Other, Guid.NewGuid())).Peers[1].Ordinal);
    }

    [Fact]
    public void An_ordinal_that_a_registry_may_have_lost_is_taken_back() =>
        Assert.Equal(101, RegistryLedger.Snapshot(Announce(Announce(new RegistryState(), Peer, Guid.NewGuid()), Other, Guid.NewGuid(),
            knownOrdinal: 101)).Peers[1].Ordinal);

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_002)]
    [InlineData(-1)]
    public void A_version_far_from_the_registrys_is_not_believed(long version)
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        Assert.Throws<PeerRefusedException>(() => Announce(state, Peer, state.Ordinals[0].Directory, knownVersion: version));
    }

    [Fact]
    public void A_version_that_ran_over_is_made_good_by_the_next_announcement()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        state.Version = long.MinValue;
        Assert.Equal(43, Announce(state, Peer, state.Ordinals[0].Directory, knownVersion: 42).Version);
        state.Version = long.MaxValue;
        Assert.Throws<RegistryUnavailableException>(() => RegistryLedger.SetDraining(state, Peer, draining: true));
    }

    [Fact]
    public void The_last_ordinal_held_by_a_made_up_directory_keeps_nobody_out()
    {
        var state = Announce(new RegistryState(), Peer, Guid.NewGuid());
        state.Ordinals.Add(new RegistryOrdinal { Ordinal = 9_999, Peer = "made-up", Directory = Guid.NewGuid() });
        var one = Announce(state, Other, Guid.NewGuid());
        Assert.Equal([1, 102, 9_999], one.Ordinals.Select(o => o.Ordinal).Order());
        Assert.Equal([1, 102, 203, 9_999], Announce(one, PeerId.Parse("third"), Guid.NewGuid()).Ordinals.Select(o => o.Ordinal).Order());
    }

    [Theory]
    [InlineData("", "a")]
    [InlineData("north", "a\u001b]0;owned\u0007")]
    [InlineData("north", "a ")]
    [InlineData("north\u202E", "a")]
    public void A_location_that_is_none_is_refused_with_a_sentence_that_can_be_printed(string region, string zone)
    {
        var error = Assert.Throws<PeerRefusedException>(() => RegistryLedger.Add(new RegistryState(), Peer, new PeerLocation(region, zone), Cluster));
        Assert.Contains("printable", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void An_address_that_no_terminal_should_print_is_refused() => Assert.Throws<PeerRefusedException>(
        () => RegistryLedger.Announce(new RegistryState(), Announcement(Peer, Guid.NewGuid(), 0, 0) with { Endpoint = "http://x\u001b[2J" }, Cluster));

    [Fact]
    public void Entries_that_cannot_be_read_are_left_out_and_told_and_everything_else_goes_on()
    {
        var state = Announce(Announce(new RegistryState(), Peer, Guid.NewGuid()), Other, Guid.NewGuid());
        state.Peers.Add(new RegistryPeer { Id = "Evil\u001b", Region = "north", Zone = "a", Ordinal = 1 });
        state.Peers.Add(new RegistryPeer { Id = "elsewhere", Region = "north", Zone = "a\n", Ordinal = 1 });
        state.Peers.Add(new RegistryPeer { Id = "without-ordinal", Region = "north", Zone = "a", Ordinal = 77 });
        state.Ordinals.Add(new RegistryOrdinal { Ordinal = 3, Peer = "Evil\u001b", Directory = Guid.NewGuid() });
        state.Replacements.Add(new RegistryReplacement { Peer = "Evil\u001b", Ordinal = 3 });

        var topology = RegistryLedger.Snapshot(state);

        Assert.Equal([Peer, Other], topology.Peers.Select(p => p.Id));
        Assert.Equal([1, 2], topology.Ordinals.Select(o => o.Ordinal));
        Assert.Empty(topology.Replacements);
        Assert.Equal(5, RegistryLedger.FindUnreadable(state).Count());
        Assert.Equal(4, RegistryLedger.Snapshot(Announce(state, PeerId.Parse("third"), Guid.NewGuid())).Peers.Single(p => p.Id.Value == "third").Ordinal);
        RegistryLedger.ReplaceLongAway(state, _ => true, DateTimeOffset.UnixEpoch.AddDays(1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
    }

    [Fact]
    public void A_departure_is_confirmed_of_a_peer_that_has_drained_long_enough_until_something_changes()
    {
        const long drained = 1_000_000;
        var settled = drained + (long)RegistryLedger.DrainSettles.TotalMilliseconds;
        var state = Announce(Announce(new RegistryState(), Peer, Guid.NewGuid()), Other, Guid.NewGuid());
        var draining = RegistryLedger.SetDraining(state, Peer, draining: true, drained);

        Assert.Same(state, RegistryLedger.Confirm(state, Peer, settled));
        Assert.Same(draining, RegistryLedger.Confirm(draining, Peer, settled - 1));
        var confirmed = RegistryLedger.Confirm(draining, Peer, settled);
        Assert.True(RegistryLedger.IsConfirmed(confirmed, Peer) && !RegistryLedger.NeedsCount(confirmed, Peer));
        Assert.Equal(draining.Version, confirmed.Version);
        Assert.True(RegistryLedger.IsConfirmed(RegistryLedger.SetDraining(confirmed, Peer, draining: true, settled), Peer));

        Assert.False(RegistryLedger.IsConfirmed(RegistryLedger.SetDraining(confirmed, Peer, draining: false, settled), Peer));
        Assert.False(RegistryLedger.IsConfirmed(RegistryLedger.Drop(confirmed, Other), Peer));
        Assert.False(RegistryLedger.IsConfirmed(Announce(confirmed, Peer, confirmed.Ordinals[0].Directory), Peer));
        Assert.False(RegistryLedger.IsConfirmed(Announce(confirmed, Peer, Guid.NewGuid()), Peer));
    }

    [Fact]
    public void A_peer_that_never_had_a_directory_needs_no_count()
    {
        var state = RegistryLedger.Add(new RegistryState(), Peer, new PeerLocation("north", "a"), Cluster);
        Assert.False(RegistryLedger.NeedsCount(state, Peer));
        Assert.True(RegistryLedger.NeedsCount(Announce(state, Peer, Guid.NewGuid()), Peer));
        Assert.False(RegistryLedger.NeedsCount(state, Other));
    }

    private static RegistryState Announce(RegistryState state, PeerId peer, Guid directory, int knownOrdinal = 0, long knownVersion = 0) =>
        RegistryLedger.Announce(state, Announcement(peer, directory, knownOrdinal, knownVersion), Cluster);

    private static PeerAnnouncement Announcement(PeerId peer, Guid directory, int knownOrdinal, long knownVersion) => new(
        peer, new PeerLocation("north", "a"), Stores: true, directory, Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero, knownOrdinal, knownVersion);
}
