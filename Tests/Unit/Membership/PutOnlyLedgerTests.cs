using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Remote;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>What the registry does with peers that only take events.</summary>
public sealed class PutOnlyLedgerTests
{
    private static readonly Guid Cluster = Guid.NewGuid();
    private static readonly PeerId Old = PeerId.Parse("old-1");
    private static readonly PeerLocation West = new("west", "c");
    private static readonly PeerRoute Route = new(PeerRoute.Original, "http://10.0.0.9:8080/");

    private readonly RegistryState _own = Announce(new RegistryState(), "north-a");

    [Fact]
    public void It_gets_an_ordinal_that_counts_as_given_and_does_not_store()
    {
        var topology = RegistryLedger.Snapshot(Add(_own));
        var added = topology.Peers.Single(static p => p.Id == Old);

        Assert.Equal((2, false, true, West), (added.Ordinal, added.Stores, added.IsPutOnly, added.Location));
        Assert.Equal(("alldata-http", "http://10.0.0.9:8080/"), (added.Client, added.Address));
        Assert.NotEqual(Guid.Empty, topology.Ordinals.Single(static o => o.Ordinal == 2).Directory);
        Assert.False(topology.Peers.Single(static p => p.Id != Old).IsPutOnly);
    }

    [Fact]
    public void The_same_again_is_no_change_another_address_is_one_and_another_place_is_refused()
    {
        var state = Add(_own);
        Assert.Same(state, Add(state));

        var moved = Add(state, Route with { Address = "http://10.0.0.8:8080/" });
        Assert.Equal(state.Version + 1, moved.Version);
        var there = RegistryLedger.Snapshot(moved).Peers.Single(static p => p.Id == Old);
        Assert.Equal(("http://10.0.0.8:8080/", 2), (there.Address, there.Ordinal));
        Assert.Contains("west/c", Assert.Throws<PeerRefusedException>(() => RegistryLedger.AddPutOnly(
            state, Old, new PeerLocation("east", "e"), Route, Guid.NewGuid(), Cluster)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_never_changes_its_kind()
    {
        var state = Add(_own);
        Assert.Throws<PeerRefusedException>(() => Announce(state, Old.Value));
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.Add(state, Old, West, Cluster));
        Assert.Throws<PeerRefusedException>(() => Announce(RegistryLedger.Drop(state, Old), Old.Value));

        var north = PeerId.Parse("north-a");
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.AddPutOnly(state, north, West, Route, Guid.NewGuid(), Cluster));
        Assert.Throws<PeerRefusedException>(() => RegistryLedger.AddPutOnly(
            RegistryLedger.Drop(state, north), north, West, Route, Guid.NewGuid(), Cluster));
    }

    [Fact]
    public void A_dropped_one_comes_back_with_its_ordinal()
    {
        var dropped = RegistryLedger.Drop(Add(_own), Old);
        Assert.Equal(Old, Assert.Single(RegistryLedger.Snapshot(dropped).Replacements).Peer);

        var revived = RegistryLedger.Snapshot(Add(dropped));
        Assert.Equal((2, true), revived.Peers.Where(static p => p.Id == Old).Select(static p => (p.Ordinal, p.IsPutOnly)).Single());
        Assert.Empty(revived.Replacements);
    }

    [Fact]
    public void Others_take_its_place_only_when_it_is_drained_or_dropped_and_it_takes_no_other_peers_place()
    {
        var state = Add(_own);
        var later = DateTimeOffset.UnixEpoch.AddDays(1);
        Assert.Same(state, RegistryLedger.ReplaceLongAway(
            state, static p => p != Old, later, TimeSpan.FromMinutes(20), TimeSpan.FromHours(1)));
        Assert.Empty(Assert.Single(RegistryLedger.SetDraining(state, PeerId.Parse("north-a"), draining: true).Replacements).Candidates);
        Assert.Equal([1], Assert.Single(RegistryLedger.SetDraining(state, Old, draining: true).Replacements).Candidates.Select(static c => c.Ordinal));
        Assert.True(RegistryLedger.NeedsCount(state, Old));
    }

    [Fact]
    public void A_registry_that_has_forgotten_it_takes_it_back_as_what_it_was()
    {
        var topology = RegistryLedger.Snapshot(Add(_own));
        var heard = RegistryLedger.Hear(_own, new SeenTopology("", topology), OrdinalSource.Alone);
        Assert.Equal(topology.Peers.AsEnumerable(), RegistryLedger.Snapshot(heard).Peers);
    }

    private static RegistryState Add(RegistryState state, PeerRoute? route = null) =>
        RegistryLedger.AddPutOnly(state, Old, West, route ?? Route, Guid.NewGuid(), Cluster);

    private static RegistryState Announce(RegistryState state, string peer) => RegistryLedger.Announce(
        state,
        new PeerAnnouncement(
            PeerId.Parse(peer), new PeerLocation("north", "a"), true, Guid.NewGuid(), Guid.Empty, TimeSpan.FromDays(1), "http://h:1", SiloAddress.Zero, 0, 0),
        Cluster);
}
