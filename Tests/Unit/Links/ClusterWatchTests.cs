using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Links;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Reports;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Links;

/// <summary>What a silo makes of another cluster's answers, and of their absence.</summary>
public sealed class ClusterWatchTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly PeerId WestA = PeerId.Parse("west-a");
    private static readonly PeerRoute ToWest = new(PeerRoute.Http, LinkBench.WestAddress);

    private readonly StorageFolder _folder = new();
    private readonly LinkBench _bench;

    public ClusterWatchTests()
    {
        _bench = new LinkBench(_folder.Path);
        _bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
    }

    public void Dispose()
    {
        _bench.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_first_answer_brings_the_link_up_and_the_clusters_peers_within_reach()
    {
        Assert.Equal("west", Assert.Single(_bench.Links.CutOff).Region);
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a", "west-b"), "west-a"));

        Assert.Equal(LinkState.Up, _bench.West.State);
        Assert.Empty(_bench.Topologies.Current.CutOff);
        Assert.Equal((10, true, true, true, false), (
            _bench.Topologies.Current.Topology.Version, _bench.IsHosted("north-a"), _bench.IsHosted("north-b"), _bench.IsHosted("west-a"),
            _bench.IsHosted("west-b")));
        Assert.Same(_bench.There, _bench.Replicas.Of(WestA));
        Assert.Equal(ToWest, _bench.Replicas.RouteOf(PeerId.Parse("west-b")));
        Assert.Same(_bench.Here, _bench.Replicas.Of(PeerId.Parse("north-b")));
        Assert.Equal(3, _bench.Topologies.Own.Version);
        Assert.Empty(_bench.Conditions.Conditions);
    }

    [Fact]
    public async Task A_question_says_which_cluster_asks_and_what_it_knows_and_an_answer_without_topology_tells_of_the_silos()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a", "west-b"), "west-a"));
        ClusterQuestion? asked = null;
        _bench.Answer = (question, _) =>
        {
            asked = question;
            return Task.FromResult(LinkBench.Says(SnapshotSample.West(7, "west-a", "west-b"), "west-b") with { Topology = null });
        };
        await _bench.Watch.AskAsync(_bench, _bench.West);

        Assert.Equal(new ClusterQuestion(0, 1, 7) { DocumentDigest = _bench.Federation.Own!.Digest }, asked);
        Assert.Equal((false, true), (_bench.IsHosted("west-a"), _bench.IsHosted("west-b")));
    }

    [Fact]
    public async Task A_peer_that_has_left_its_cluster_has_no_route_any_more()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a", "west-b"), "west-a"));
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(8, "west-a"), "west-a"));

        Assert.Null(_bench.IsHosted("west-b"));
        Assert.Equal(PeerRoute.Grain, _bench.Replicas.RouteOf(PeerId.Parse("west-b")).Client);
        Assert.Equal(ToWest, _bench.Replicas.RouteOf(WestA));
    }

    [Fact]
    public async Task A_link_that_misses_answers_is_cut_off_heals_and_is_up_again_and_each_change_is_told_once()
    {
        await HearWestAsync();
        await _bench.MissAsync();
        Assert.Equal((LinkState.Doubtful, true), (_bench.West.State, _bench.IsHosted("west-a")));
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        var cut = _bench.Time.GetUtcNow();
        await _bench.MissAsync();
        await _bench.MissAsync();

        Assert.Equal((LinkState.CutOff, false, false), (_bench.West.State, _bench.IsHosted("west-a"), _bench.Links.Reaches(WestA)));
        Assert.Equal([new CutOffRegion("west", cut)], _bench.Topologies.Current.CutOff.AsEnumerable());
        Assert.Equal("cluster-cut-off", Assert.Single(_bench.Conditions.Conditions).Code);

        // Repair goes there before puts do, which have not gone there since it was cut off.
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        await HearWestAsync();
        Assert.Equal((LinkState.Healing, false, true), (_bench.West.State, _bench.IsHosted("west-a"), _bench.Links.Reaches(WestA)));
        Assert.Equal([new CutOffRegion("west", cut)], _bench.Topologies.Current.CutOff.AsEnumerable());
        Assert.Equal(_bench.Time.GetUtcNow(), Assert.Single(_bench.Links.Reports).Since);

        _bench.Time.Advance(TimeSpan.FromMilliseconds(2 * LinkMonitor.FirstHealing));
        await HearWestAsync();
        Assert.Equal((LinkState.Up, true), (_bench.West.State, _bench.IsHosted("west-a")));
        Assert.Empty(_bench.Conditions.Conditions);
        Assert.Equal(
            [
                "Cluster 'west' (1): topology 7 with 1 peers taken over",
                "Cluster 'west' (1) answers: the link is up",
                "Cluster 'west' (1) has missed an answer: the link is doubtful (Silent.)",
                "Cluster 'west' (1) does not answer: the link is cut off, puts go on without west (Silent.)",
                "Cluster 'west' (1) answers again: the link heals, puts go there when it has answered for a while",
                "Cluster 'west' (1) answers: the link is up",
            ],
            _bench.Told);
    }

    [Fact]
    public async Task A_cluster_that_has_never_answered_is_told_once_and_a_condition()
    {
        Assert.Empty(_bench.Conditions.Conditions);
        await _bench.MissAsync();
        await _bench.MissAsync();

        Assert.Contains("the link is cut off", Assert.Single(_bench.Told));
        Assert.Contains("since 2026-01-02 03:04:05 UTC: puts go on without west", Assert.Single(_bench.Conditions.Conditions).Sentence);
    }

    [Fact]
    public async Task A_silo_that_has_too_much_to_do_to_say_more_is_there()
    {
        await HearWestAsync();
        for (var i = 0; i < 3; i++)
        {
            await _bench.MissAsync(new OverloadedException("Full.", TimeSpan.FromMilliseconds(200)));
        }

        Assert.Equal((LinkState.Up, true), (_bench.West.State, _bench.IsHosted("west-a")));
    }

    [Fact]
    public async Task A_silo_that_does_not_know_its_store_yet_asks_nothing()
    {
        using var folder = new StorageFolder();
        using var bench = new LinkBench(folder.Path, isBound: false);
        await bench.MissAsync();

        Assert.False(bench.West.IsTried);
    }

    public static TheoryData<string, string> Refusals() => new()
    {
        { "store", "it is of store 00000000-0000-4000-8000-00000000000f" },
        { "length", "its intervals have 01:00:00" },
        { "others", "it has given ordinal 599, which version 1 of the federation document here gives to cluster 'north' (0)" },
        { "none", "it has given ordinal 1200, which version 1 of the federation document here has in no range" },
        { "region", "its peer 'west-a' is in region 'north', and cluster 'west' (1) covers west" },
        { "jump", "versions do not jump by more than 1000000" },
        { "cluster", "cluster 2 answers at its addresses" },
        { "replacement", "it has given ordinal 1, which" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_a_cluster_cannot_say_of_itself_is_not_taken_over_and_said_once(string what, string sentence)
    {
        await HearWestAsync();
        var (before, told) = (_bench.Topologies.Current, _bench.Told.Count());
        var refused = Refused(what);
        await _bench.HearAsync(refused);
        await _bench.HearAsync(refused);

        Assert.Same(before, _bench.Topologies.Current);
        Assert.Contains(sentence, Assert.Single(_bench.Told.Skip(told)));
        Assert.Equal(_bench.Told.Last(), Assert.Single(_bench.Conditions.Conditions).Sentence);
        Assert.Equal(7, _bench.Directory.LoadTopologyOf(1)!.Version);

        await HearWestAsync();
        Assert.Empty(_bench.Conditions.Conditions);
    }

    [Fact]
    public async Task A_silo_that_has_not_heard_the_newest_yet_is_no_condition_unless_no_other_answers_for_long()
    {
        await HearWestAsync();
        var (before, told) = (_bench.Topologies.Current, _bench.Told.Count());
        var older = LinkBench.Says(SnapshotSample.West(6, "west-a"), "west-b") with { Topology = null };
        for (var round = 0; round < 3; round++)
        {
            await _bench.HearAsync(older);
            _bench.Time.Advance(SnapshotIntake.LagPatience / 2);
            await _bench.HearAsync(older);
            await HearWestAsync();
        }

        Assert.Empty(_bench.Conditions.Conditions);
        await _bench.HearAsync(older);
        _bench.Time.Advance(SnapshotIntake.LagPatience);
        await _bench.HearAsync(older);
        await _bench.HearAsync(older);

        const string sentence = "its topology is version 6, and version 7 of it is known here";
        Assert.Same(before, _bench.Topologies.Current);
        Assert.Contains(sentence, Assert.Single(_bench.Told.Skip(told)));
        Assert.Contains(_bench.Conditions.Conditions, static c => c.Code == "cluster-refused" && c.Sentence.Contains(sentence, StringComparison.Ordinal));
        Assert.Equal(7, _bench.Directory.LoadTopologyOf(1)!.Version);

        await HearWestAsync();
        Assert.Empty(_bench.Conditions.Conditions);
    }

    [Fact]
    public async Task After_an_outage_a_silo_that_has_just_started_is_no_condition()
    {
        await HearWestAsync();
        var starting = LinkBench.Says(SnapshotSample.West(6, "west-a")) with { Topology = null, TopologyVersion = 0 };
        await _bench.HearAsync(starting);
        await _bench.MissAsync();
        await _bench.MissAsync();
        _bench.Time.Advance(2 * SnapshotIntake.LagPatience);
        await _bench.HearAsync(starting);

        Assert.DoesNotContain(_bench.Conditions.Conditions, static c => c.Code == "cluster-refused");
    }

    [Fact]
    public async Task An_answer_that_is_a_refusal_cuts_the_link_off_and_its_sentence_is_a_condition()
    {
        await HearWestAsync();
        await _bench.MissAsync(new InvalidValueException("Cluster 0 is not in version 9."));
        await _bench.MissAsync(new InvalidValueException("Cluster 0 is not in version 9."));

        Assert.Equal(LinkState.CutOff, _bench.West.State);
        Assert.Contains(_bench.Conditions.Conditions, static c => c is { Code: "cluster-refused", Sentence: "Cluster 0 is not in version 9." });
    }

    [Fact]
    public async Task What_was_heard_last_is_planned_with_after_a_start_while_the_cluster_is_cut_off()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        _bench.Dispose();
        using var again = new LinkBench(_folder.Path);
        again.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        again.Intake.Recall();

        Assert.False(again.IsHosted("west-a"));
        Assert.Equal(ToWest, again.Replicas.RouteOf(WestA));
        Assert.Equal("1-2 600", $"{again.Directory.SeenOrdinals}");
        await again.MissAsync();
        Assert.Equal(10, again.Topologies.Current.Topology.Version);
        await again.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a") with { Topology = null });
        Assert.True(again.IsHosted("west-a"));
    }

    [Fact]
    public async Task What_is_kept_of_a_cluster_that_has_other_regions_now_is_not_used()
    {
        await HearWestAsync();
        _bench.Dispose();
        var document = FederationSample.Document(version: 2);
        var moved = document with { Clusters = [document.Clusters[0], document.Clusters[1] with { Regions = ["far-west"] }] };
        using var again = new LinkBench(_folder.Path, moved);
        again.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        again.Intake.Recall();

        Assert.Null(again.IsHosted("west-a"));
        Assert.Contains("the topology on disk is not used: its peer 'west-a' is in region 'west'", Assert.Single(again.Told));
    }

    [Fact]
    public async Task Ordinals_that_another_cluster_has_seen_are_remembered_for_a_registry_that_was_put_back()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a")) with { Seen = SeenOrdinals.Of([5, 600]) });

        Assert.Equal((5, 600), (_bench.Directory.SeenOrdinals.HighestIn(new(1, 599)), _bench.Directory.SeenOrdinals.HighestIn(new(600, 1199))));
    }

    [Fact]
    public async Task A_name_that_two_clusters_have_is_reached_where_it_is_at_home_and_is_a_condition()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "north-c", "west-b"), "north-c", "west-b"));
        Assert.Equal((true, ToWest), (_bench.IsHosted("north-c"), _bench.Replicas.RouteOf(PeerId.Parse("north-c"))));

        // The own registry registers the same name. No silo here hosts it, so it is not alive, whatever the other cluster says.
        _bench.Topologies.Offer(SnapshotSample.North(4, "north-a", "north-b", "north-c"));
        await _bench.MissAsync();
        Assert.Equal((false, PeerRoute.Grain), (_bench.IsHosted("north-c"), _bench.Replicas.RouteOf(PeerId.Parse("north-c")).Client));
        Assert.Equal("clusters-clash", Assert.Single(_bench.Conditions.Conditions).Code);
    }

    [Fact]
    public async Task The_loop_asks_again_and_again_and_ends_with_the_silo_although_a_question_is_in_flight()
    {
        var asked = new SemaphoreSlim(0);
        _bench.Answer = (_, _) =>
        {
            asked.Release();
            return Task.FromResult(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        };
        await _bench.Watch.StartAsync(CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            await AdvanceUntilAsync(asked);
        }

        var (inFlight, ended) = (new SemaphoreSlim(0), new TaskCompletionSource());
        _bench.Answer = async (_, stop) =>
        {
            inFlight.Release();
            await using var seen = stop.Register(ended.SetResult);
            await ended.Task;
            throw new OperationCanceledException(stop);
        };
        await AdvanceUntilAsync(inFlight);
        await _bench.Watch.StopAsync(CancellationToken.None).WaitAsync(Bound);

        Assert.True(ended.Task.IsCompleted);
        Assert.Equal(LinkState.Up, _bench.West.State);
    }

    [Fact]
    public async Task An_error_that_was_not_foreseen_does_not_end_the_loop()
    {
        var asked = new SemaphoreSlim(0);
        _bench.Answer = (_, _) =>
        {
            asked.Release();
            throw new InvalidOperationException("It was not foreseen.");
        };
        await _bench.Watch.StartAsync(CancellationToken.None);
        await AdvanceUntilAsync(asked);
        await AdvanceUntilAsync(asked);
        await _bench.Watch.StopAsync(CancellationToken.None).WaitAsync(Bound);

        Assert.True(_bench.West is { IsTried: true, State: LinkState.CutOff });
    }

    [Fact]
    public void A_store_of_one_cluster_has_no_links_and_takes_no_part_in_the_silos_life()
    {
        var links = new ClusterLinks(ConfiguredFederation.None, _bench.Time);

        Assert.Empty(links.All);
        Assert.Empty(links.CutOff);
        Assert.False(links.Reaches(WestA));
    }

    private Task HearWestAsync() => _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a") with
    {
        Topology = _bench.West.Topology is null ? SnapshotSample.West(7, "west-a") : null,
    });

    private static ClusterReport Refused(string what)
    {
        var good = SnapshotSample.West(8, "west-a", "west-b");
        return what switch
        {
            "store" => LinkBench.Says(good with { ClusterId = new Guid("00000000-0000-4000-8000-00000000000f") }),
            "length" => LinkBench.Says(good with { IntervalLength = TimeSpan.FromHours(1) }),
            "others" => LinkBench.Says(SnapshotSample.Of(8, 599, "west", "west-a", "west-b")),
            "none" => LinkBench.Says(SnapshotSample.Of(8, 1199, "west", "west-a", "west-b")),
            "region" => LinkBench.Says(SnapshotSample.Of(8, 600, "north", "west-a")),
            "jump" => LinkBench.Says(SnapshotSample.West(1_000_008, "west-a")),
            "cluster" => LinkBench.Says(good) with { Cluster = 2 },
            _ => LinkBench.Says(good with
            {
                Replacements = [new PeerReplacement(1, WestA, 600, ReplacementReason.Away, [new ReplacementCandidate(1, default)])],
            }),
        };
    }

    // The loop's pause begins when it begins: the time is moved until it is over.
    private Task AdvanceUntilAsync(SemaphoreSlim asked) => Eventually.Holds("waiting for a question", Bound, () =>
    {
        _bench.Time.Advance(ClusterWatch.Period);
        return asked.Wait(0);
    }, () => "none");
}
