using System.Collections.Frozen;
using AllData.Peers;
using AllData.Reports;
using AllData.Silo.Http.Console;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>The map of the console: the state of each peer, and of all in a sentence.</summary>
public sealed class ConsoleMapTests
{
    private readonly ConsoleCluster _cluster = new();

    [Fact]
    public void All_is_well_where_all_answer_and_none_owes()
    {
        var map = ClusterMap.Of(_cluster.Facts(1));

        Assert.Equal(("good", "All 6 peers are alive. No copy is known to be owed."), (map.Mood, map.Headline));
        Assert.Equal(
            ["east: e f", "north: a b", "west: c d"], map.Regions.Select(static r => $"{r.Name}: {string.Join(' ', r.Zones.Select(static z => z.Name))}"));
        Assert.All(Peers(map), static p => Assert.Equal((MapState.Alive, null), (p.State, p.Text)));
    }

    [Fact]
    public void A_peer_that_no_silo_hosts_is_dead_and_its_text_says_since_when_and_what_follows()
    {
        _cluster.Kill("west-c");
        var view = new PeerView(_cluster.Find("west-c"), Alive: false) { AwaySince = ConsoleCluster.Noon, ReplacedIn = TimeSpan.FromMinutes(13.2) };

        var map = ClusterMap.Of(_cluster.Facts(1, null, view));

        Assert.Equal(("bad", "west-c is dead. No copy is known to be owed by the others."), (map.Mood, map.Headline));
        Assert.Equal(
            "No silo hosts it since 2026-11-30 12:00 UTC. Others take its place in 14 min. Start it again; if it will not come back, drop it.",
            Of(map, "west-c").Text);
    }

    [Fact]
    public void A_peer_that_does_not_answer_is_silent_before_its_death_is_known()
    {
        var map = ClusterMap.Of(_cluster.Facts(1, static f => f.Peer.Value == "west-c" ? "It has been silent." : f));

        Assert.Equal((MapState.Silent, "It does not answer north-a. It has been silent."), (Of(map, "west-c").State, Of(map, "west-c").Text));
        Assert.Equal("bad", map.Mood);
    }

    [Theory]
    [InlineData(PeerStatus.Draining, false, "Draining")]
    [InlineData(PeerStatus.Draining, true, "Drained")]
    [InlineData(PeerStatus.ReadOnly, false, "ReadOnly")]
    [InlineData(PeerStatus.Active, false, "Alive")]
    public void What_the_registry_says_of_a_peer_that_answers_is_its_state(PeerStatus status, bool isDrained, string expected)
    {
        _cluster.Change("west-c", peer => peer with { Status = status });

        var map = ClusterMap.Of(_cluster.Facts(1, null, new PeerView(_cluster.Find("west-c"), true) { IsDrained = isDrained }));

        Assert.Equal(expected, $"{Of(map, "west-c").State}");
    }

    [Fact]
    public void One_whose_place_others_have_taken_is_away()
    {
        _cluster.Change("west-c", static peer => peer with { Status = PeerStatus.Away });
        _cluster.Kill("west-c");

        Assert.Equal(MapState.Away, Of(ClusterMap.Of(_cluster.Facts(1)), "west-c").State);
    }

    [Fact]
    public void A_peer_that_a_coordinator_goes_around_is_slow()
    {
        var map = ClusterMap.Of(_cluster.Facts(1, static f => f.Peer.Value == "east-e" ? f with { Avoided = [PeerId.Parse("west-d")] } : f));

        Assert.Equal(
            (MapState.Slow, "The coordinator of east-e goes around it: it was silent or failed a moment ago."),
            (Of(map, "west-d").State, Of(map, "west-d").Text));
        Assert.Equal(("warn", "west-d is slow. No copy is known to be owed."), (map.Mood, map.Headline));
    }

    [Fact]
    public void A_region_that_is_cut_off_is_not_called_dead()
    {
        _cluster.Topology = _cluster.Topology with
        {
            Homes = new Dictionary<PeerId, string> { [PeerId.Parse("west-c")] = "far", [PeerId.Parse("west-d")] = "far" }.ToFrozenDictionary(),
            CutOff = new[] { "west" }.ToFrozenSet(),
            Cluster = "near",
        };
        _cluster.Kill("west-c", "west-d");

        var map = ClusterMap.Of(_cluster.Facts(1, static f => f with { Links = [new LinkReport(1, "far", ["west"], LinkState.CutOff, ConsoleCluster.Noon)] }));

        Assert.Equal((MapState.CutOff, "far"), (Of(map, "west-c").State, Of(map, "west-c").Cluster));
        Assert.Equal(("far", LinkState.CutOff, 4), (map.Links.Single().Cluster, map.Links.Single().State, map.Links.Single().SeenBy.Length));
        Assert.Contains("Cut off from far.", map.Headline, StringComparison.Ordinal);
    }

    private static IEnumerable<MapPeer> Peers(ClusterMap map) => map.Regions.SelectMany(static r => r.Zones).SelectMany(static z => z.Peers);

    private static MapPeer Of(ClusterMap map, string peer) => Peers(map).Single(p => p.Id == peer);
}
