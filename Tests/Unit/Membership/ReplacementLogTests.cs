using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Newtonsoft.Json;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

public sealed class ReplacementLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(20);

    private RegistryState _state = Registered(6);

    [Theory]
    [InlineData(ReplacementReason.Drained)]
    [InlineData(ReplacementReason.Dropped)]
    [InlineData(ReplacementReason.Away)]
    public void Who_leaves_gets_one_entry_with_the_version_of_the_change(ReplacementReason reason)
    {
        var after = Leave(_state, "p3", reason);

        var entry = Assert.Single(RegistryLedger.Snapshot(after).Replacements);
        Assert.Equal((_state.Version + 1, after.Version), (entry.Version, entry.Version));
        Assert.Equal(("p3", 3, reason, new PeerLocation("r1", "z2")), (entry.Peer.Value, entry.Ordinal, entry.Reason, entry.Location));
        Assert.Equal([1, 2, 4, 5, 6], entry.Candidates.Select(c => c.Ordinal));
        Assert.Equal(new PeerLocation("r0", "z0"), entry.Candidates[0].Location);
        Assert.Empty(_state.Replacements);

        // Given again, the order changes nothing.
        Assert.Same(after, Leave(after, "p3", reason));
    }

    [Fact]
    public void Only_peers_that_take_replicas_can_be_successors()
    {
        _state = RegistryLedger.SetReadOnly(_state, Peer("p1"), readOnly: true);
        _state = RegistryLedger.SetDraining(_state, Peer("p2"), draining: true);
        _state = Announce(_state, "p7", stores: false);
        _state = RegistryLedger.Drop(_state, Peer("p4"));

        Assert.Equal([3, 5, 6], _state.Replacements.Single(r => r.Peer == "p4").Candidates.Select(c => c.Ordinal));
    }

    [Fact]
    public void Of_many_possible_successors_a_bounded_number_is_chosen_from_every_zone_other_ones_for_each_leaver()
    {
        _state = Registered(200);
        var entries = RegistryLedger.Snapshot(RegistryLedger.Drop(RegistryLedger.Drop(_state, Peer("p7")), Peer("p8"))).Replacements;

        Assert.All(entries, e => Assert.Equal(RegistryLedger.MaxCandidates, e.Candidates.Length));
        Assert.All(entries, e => Assert.Equal(e.Candidates.Select(c => c.Ordinal).Order(), e.Candidates.Select(c => c.Ordinal)));
        Assert.All(entries, e => Assert.Equal(6, e.Candidates.Select(c => c.Location).Distinct().Count()));
        Assert.All(entries[0].Candidates.GroupBy(c => c.Location), zone => Assert.InRange(zone.Count(), 5, 6));
        Assert.NotEqual(entries[0].Candidates.AsEnumerable(), entries[1].Candidates.AsEnumerable());
    }

    [Fact]
    public void A_drained_peer_that_is_dropped_keeps_its_successors()
    {
        var drained = RegistryLedger.SetDraining(_state, Peer("p3"), draining: true);
        var dropped = RegistryLedger.Drop(drained, Peer("p3"));

        var entry = Assert.Single(dropped.Replacements);
        Assert.Equal((drained.Version, ReplacementReason.Dropped), (entry.Version, entry.Reason));
        Assert.Equal(ReplacementReason.Drained, Assert.Single(drained.Replacements).Reason);
    }

    [Fact]
    public void An_announcement_takes_back_only_what_says_that_the_peer_is_away()
    {
        var away = Leave(_state, "p3", ReplacementReason.Away);
        Assert.Equal(PeerStatus.Away, StatusOf(away, "p3"));
        Assert.Equal(PeerStatus.Active, StatusOf(Announce(away, "p3"), "p3"));
        Assert.Empty(Announce(away, "p3").Replacements);

        var drained = RegistryLedger.SetDraining(away, Peer("p3"), draining: true);
        Assert.Equal(PeerStatus.Draining, StatusOf(Announce(drained, "p3"), "p3"));
        Assert.Equal(ReplacementReason.Drained, Assert.Single(Announce(drained, "p3").Replacements).Reason);

        var dropped = RegistryLedger.Drop(away, Peer("p3"));
        Assert.Equal(ReplacementReason.Dropped, Assert.Single(Announce(dropped, "p3").Replacements).Reason);
    }

    [Fact]
    public void An_announcement_begins_the_grace_period_anew_and_tells_nobody()
    {
        var announced = Announce(Look(_state, Noon, away: "p3"), "p3");

        Assert.Equal((_state.Version, 0), (announced.Version, announced.Peers.Single(p => p.Id == "p3").AwaySince));
        Assert.Same(announced, Announce(announced, "p3"));
    }

    [Fact]
    public void A_wiped_peer_leaves_the_entry_for_its_former_directory_in_force()
    {
        var away = Leave(_state, "p3", ReplacementReason.Away);
        var wiped = Announce(away, "p3", directory: Guid.NewGuid());

        Assert.Equal(PeerStatus.Active, StatusOf(wiped, "p3"));
        Assert.Equal(3, Assert.Single(wiped.Replacements).Ordinal);

        // Its former directory is found again after all: both of its entries would speak of what it has.
        var twice = Leave(wiped, "p3", ReplacementReason.Away);
        Assert.Equal([3, 7], twice.Replacements.Select(r => r.Ordinal));
        var found = Announce(twice, "p3");
        Assert.Empty(found.Replacements);
        Assert.Equal(PeerStatus.Active, StatusOf(found, "p3"));
    }

    [Fact]
    public void A_draining_peer_that_is_wiped_goes_on_draining_and_is_replaced_under_both_directories()
    {
        var drained = RegistryLedger.SetDraining(_state, Peer("p3"), draining: true);
        var wiped = Announce(drained, "p3", directory: Guid.NewGuid());

        Assert.Equal(PeerStatus.Draining, StatusOf(wiped, "p3"));
        Assert.Equal([3, 7], wiped.Replacements.Select(r => r.Ordinal));
    }

    [Fact]
    public void A_peer_is_replaced_when_the_grace_period_is_over_and_not_before()
    {
        var noted = Look(_state, Noon, away: "p3");
        Assert.NotSame(_state, noted);
        Assert.Equal(_state.Version, noted.Version);
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), noted.Peers.Single(p => p.Id == "p3").AwaySince);
        Assert.Same(noted, Look(noted, Noon + Grace, away: "p3"));

        var replaced = Look(noted, Noon + Grace + TimeSpan.FromMilliseconds(1), away: "p3");
        Assert.Equal(_state.Version + 1, replaced.Version);
        Assert.Equal("p3", Assert.Single(replaced.Replacements).Peer);
        Assert.Same(replaced, Look(replaced, Noon + (2 * Grace), away: "p3"));
    }

    [Fact]
    public void A_peer_that_is_hosted_in_between_begins_anew()
    {
        var noted = Look(_state, Noon, away: "p3");
        var seen = Look(noted, Noon + TimeSpan.FromMinutes(19));
        Assert.Equal(0, seen.Peers.Single(p => p.Id == "p3").AwaySince);

        var again = Look(seen, Noon + TimeSpan.FromMinutes(19.5), away: "p3");
        Assert.Empty(Look(again, Noon + TimeSpan.FromMinutes(39), away: "p3").Replacements);
    }

    [Fact]
    public void Nobody_is_blamed_while_fewer_than_half_of_the_storing_peers_are_hosted()
    {
        var noted = Look(_state, Noon, "p1", "p2", "p3", "p4");
        Assert.Empty(Look(noted, Noon + (2 * Grace), "p1", "p2", "p3", "p4").Replacements);
        Assert.Equal(["p1", "p2", "p3"], Look(noted, Noon + (2 * Grace), "p1", "p2", "p3").Replacements.Select(r => r.Peer));
    }

    [Fact]
    public void Those_who_were_replaced_long_ago_do_not_count_when_another_one_dies()
    {
        var first = Look(Look(_state, Noon, "p1", "p2", "p3"), Noon + (2 * Grace), "p1", "p2", "p3");
        var noted = Look(first, Noon + (3 * Grace), "p1", "p2", "p3", "p4");
        var second = Look(noted, Noon + (5 * Grace), "p1", "p2", "p3", "p4");
        Assert.Equal(["p1", "p2", "p3", "p4"], second.Replacements.Select(r => r.Peer));
    }

    [Fact]
    public void A_registry_that_has_just_begun_to_look_blames_nobody()
    {
        var noted = Look(_state, Noon, away: "p3");
        var later = Noon + (2 * Grace);

        Assert.Empty(LookFor(TimeSpan.FromSeconds(59), noted, later, Grace).Replacements);
        Assert.NotEmpty(LookFor(TimeSpan.FromSeconds(60), noted, later, Grace).Replacements);

        static RegistryState LookFor(TimeSpan watched, RegistryState state, DateTimeOffset now, TimeSpan grace) =>
            RegistryLedger.ReplaceLongAway(state, p => p.Value != "p3", now, grace, watched);
    }

    [Fact]
    public void An_operator_sees_since_when_a_peer_is_away_and_when_others_take_its_place()
    {
        var noted = Look(_state, Noon, "p3");
        var peer = RegistryLedger.Snapshot(noted).Peers.Single(p => p.Id.Value == "p3");
        var view = RegistryLedger.ViewOf(noted, peer, isHosted: false, Noon + TimeSpan.FromMinutes(1), Grace);
        Assert.Equal((false, Noon, Grace - TimeSpan.FromMinutes(1)), (view.Alive, view.AwaySince, view.ReplacedIn));
        Assert.Equal(TimeSpan.Zero, RegistryLedger.ViewOf(noted, peer, isHosted: false, Noon + (2 * Grace), Grace).ReplacedIn);
        Assert.Equal(new PeerView(peer, true), RegistryLedger.ViewOf(noted, peer, isHosted: true, Noon, Grace));
        var replaced = Look(noted, Noon + (2 * Grace), "p3");
        Assert.Null(RegistryLedger.ViewOf(replaced, peer, isHosted: false, Noon + (2 * Grace), Grace).ReplacedIn);
    }

    [Fact]
    public void A_peer_that_nothing_has_noted_as_away_yet_is_away_since_now()
    {
        var peer = RegistryLedger.Snapshot(_state).Peers.Single(p => p.Id.Value == "p3");

        var unnoted = RegistryLedger.ViewOf(_state, peer, isHosted: false, Noon, Grace);
        var notedBeforeTheClockWasSetBack = RegistryLedger.ViewOf(Look(_state, Noon + Grace, "p3"), peer, isHosted: false, Noon, Grace);

        Assert.Equal((Noon, Grace), (unnoted.AwaySince, unnoted.ReplacedIn));
        Assert.Equal((Noon, Grace), (notedBeforeTheClockWasSetBack.AwaySince, notedBeforeTheClockWasSetBack.ReplacedIn));
    }

    [Fact]
    public void Peers_that_leave_together_do_not_succeed_each_other()
    {
        var replaced = Look(Look(_state, Noon, "p3", "p4"), Noon + (2 * Grace), "p3", "p4");

        Assert.Equal(["p3", "p4"], replaced.Replacements.Select(r => r.Peer));
        Assert.All(replaced.Replacements, r => Assert.Equal([1, 2, 5, 6], r.Candidates.Select(c => c.Ordinal)));
        Assert.All(replaced.Replacements, r => Assert.Equal(replaced.Version, r.Version));
    }

    [Fact]
    public void Without_anybody_to_take_its_place_a_peer_that_is_away_keeps_it()
    {
        var state = Registered(2);
        state = RegistryLedger.SetReadOnly(state, Peer("p1"), readOnly: true);

        Assert.Empty(Look(Look(state, Noon, "p2"), Noon + (2 * Grace), "p2").Replacements);
    }

    [Fact]
    public void Neither_who_stores_nothing_nor_who_drains_is_replaced_for_being_away()
    {
        _state = RegistryLedger.SetDraining(Announce(_state, "p7", stores: false), Peer("p2"), draining: true);
        var looked = Look(Look(_state, Noon, "p2", "p7"), Noon + (2 * Grace), "p2", "p7");

        Assert.Equal(ReplacementReason.Drained, Assert.Single(looked.Replacements).Reason);
        Assert.Equal(_state.Version, looked.Version);
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_nobody_wait_for_the_difference()
    {
        var noted = Look(_state, Noon.AddDays(1), away: "p3");
        var back = Look(noted, Noon, away: "p3");

        Assert.Single(Look(back, Noon + (2 * Grace), away: "p3").Replacements);
    }

    [Fact]
    public void A_state_kept_before_there_was_a_log_loads_and_goes_on()
    {
        const string Kept = """
            {"Version":5,"ClusterId":"5a3f6a0e-0000-4000-8000-000000000001","IntervalSeconds":86400.0,
             "Peers":[{"Id":"p1","Region":"r0","Zone":"z0","Draining":true,"ReadOnly":false,"Stores":true,"Ordinal":1,"Endpoint":""},
                      {"Id":"p2","Region":"r0","Zone":"z1","Draining":false,"ReadOnly":false,"Stores":true,"Ordinal":2,"Endpoint":""}],
             "Tombstones":[],
             "Ordinals":[{"Ordinal":1,"Peer":"p1","Directory":"5a3f6a0e-0000-4000-8000-00000000000a"},
                         {"Ordinal":2,"Peer":"p2","Directory":"5a3f6a0e-0000-4000-8000-00000000000b"}]}
            """;
        var state = JsonConvert.DeserializeObject<RegistryState>(Kept)!;
        Assert.True(RegistryLedger.Snapshot(state).Replacements.IsEmpty);

        // It was draining already; the order given again adds what was not thought of then.
        var drained = RegistryLedger.SetDraining(state, Peer("p1"), draining: true);
        Assert.Equal([2], Assert.Single(drained.Replacements).Candidates.Select(c => c.Ordinal));
        var reread = JsonConvert.DeserializeObject<RegistryState>(JsonConvert.SerializeObject(drained))!;
        Assert.Equal("p1", Assert.Single(reread.Replacements).Peer);
        Assert.Equal(2, Assert.Single(Assert.Single(reread.Replacements).Candidates).Ordinal);
    }

    [Fact]
    public void A_topology_file_keeps_the_log_and_one_from_before_it_has_none()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "topology.json");
        var topology = RegistryLedger.Snapshot(RegistryLedger.Drop(_state, Peer("p3")));
        TopologyFile.Write(path, topology);
        var read = TopologyFile.Read(path)!;
        var entry = Assert.Single(read.Replacements);
        Assert.Equal(topology.Replacements[0] with { Candidates = entry.Candidates }, entry);
        Assert.Equal(topology.Replacements[0].Candidates.AsEnumerable(), entry.Candidates.AsEnumerable());

        TopologyFile.Write(path, topology with { Replacements = default });
        Assert.True(TopologyFile.Read(path)!.Replacements.IsEmpty);
        Assert.Equal(2, Topology.Prepare(topology with { Replacements = default }) is var prepared
            ? new CopysetResolver(prepared).MembersOf(new(new(1), [1, 2], 2)).Length
            : 0);
    }

    private static RegistryState Registered(int peers)
    {
        var state = new RegistryState();
        for (var i = 1; i <= peers; i++)
        {
            state = Announce(state, $"p{i}");
        }

        return state;
    }

    private static RegistryState Leave(RegistryState state, string peer, ReplacementReason reason) => reason switch
    {
        ReplacementReason.Drained => RegistryLedger.SetDraining(state, Peer(peer), draining: true),
        ReplacementReason.Dropped => RegistryLedger.Drop(state, Peer(peer)),
        _ => Look(Look(state, Noon, peer), Noon + (2 * Grace), peer),
    };

    private static RegistryState Look(RegistryState state, DateTimeOffset now, params string[] away) =>
        RegistryLedger.ReplaceLongAway(state, p => !away.Contains(p.Value), now, Grace, TimeSpan.FromDays(1));

    private static RegistryState Announce(RegistryState state, string peer, bool stores = true, Guid? directory = null)
    {
        var number = int.Parse(peer.AsSpan(1));
        return RegistryLedger.Announce(
            state,
            new PeerAnnouncement(
                Peer(peer), new PeerLocation($"r{(number - 1) / 2 % 2}", $"z{(number - 1) % 3}"), stores, directory ?? new Guid(number, 0, 0, new byte[8]),
                    Guid.Empty,
                TimeSpan.FromDays(1), "", SiloAddress.Zero, 0, 0),
            new Guid(9, 9, 9, new byte[8]));
    }

    private static PeerStatus StatusOf(RegistryState state, string peer) => RegistryLedger.Snapshot(state).Peers.Single(p => p.Id.Value == peer).Status;

    private static PeerId Peer(string name) => PeerId.Parse(name);
}
