using AllData.Errors;
using AllData.Federation;
using AllData.Links;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Repair;
using AllData.Replication;
using AllData.Reports;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Links;

/// <summary>A silo whose federation document says that a region was dropped.</summary>
public sealed class DroppedClusterTests : IDisposable
{
    private static readonly CopysetDefinition Both = new(new(7), [1, 600], 2);

    private static ClusterDroppedException Word => new("West says so.", 2);

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_waits_for_a_cluster_that_was_dropped_and_its_copies_are_made_by_others()
    {
        using (var before = new LinkBench(_folder.Path))
        {
            before.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
            await before.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
            Assert.Equal(["north-a", "west-a"], Responsible(before));
        }

        using var after = new LinkBench(_folder.Path, Dropped(FederationSample.Document(), "west"));
        after.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        after.Intake.Recall();

        Assert.Null(after.IsHosted("west-a"));
        Assert.Equal(["north-a", "north-b"], Responsible(after));
        Assert.Empty(after.Links.All);
        Assert.Empty(after.Topologies.Current.CutOff);
        Assert.Empty(after.Topologies.Unheard);
        Assert.Empty(after.Conditions.Conditions);
        Assert.False(after.Federation.HasOthers);
    }

    [Fact]
    public async Task A_silo_of_a_dropped_cluster_that_returns_is_told_so_and_what_can_be_done()
    {
        using var bench = new LinkBench(_folder.Path, Dropped(FederationSample.Document(), "west"));
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));

        var refused = await Assert.ThrowsAsync<ClusterDroppedException>(() => bench.Served.AnswerAsync(new ClusterQuestion(1, 1, 0)));
        Assert.StartsWith("Cluster 'west' (1) asked cluster 'north' (0). Version 2 of the federation document", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Region west was dropped 1970-01-01 00:00 UTC: nothing was lost.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.DocumentVersion);
    }

    [Fact]
    public async Task A_cluster_that_the_others_have_dropped_takes_no_puts_and_says_so_instead_of_cut_off()
    {
        using var bench = new LinkBench(_folder.Path);
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        await bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        Assert.Null(bench.Links.Dropped);

        for (var i = 0; i < 4; i++)
        {
            await bench.MissAsync(Word);
        }

        Assert.Equal(new ClusterDrop("West says so.", 2), bench.Links.Dropped);
        var condition = Assert.Single(bench.Conditions.Conditions);
        Assert.Equal(("cluster-dropped", true), (condition.Code, condition.StopsPuts));
        Assert.StartsWith(
            "Cluster 'north' (0), which this silo is of, was dropped from the store and takes no puts any more: put through a cluster that stays, and stop "
            + "this one's silos. What only its peers hold is still in their data directories",
            condition.Sentence,
            StringComparison.Ordinal);
        Assert.EndsWith(" with a gateway of a cluster that stays puts it again. West says so.", condition.Sentence, StringComparison.Ordinal);
        Assert.Equal((true, LinkState.CutOff), (bench.Links.Reports[0].HasDropped, bench.Links.Reports[0].State));
        Assert.Equal("Cluster 'west' (1) has dropped this cluster from the store: West says so.", bench.Told.Last());

        // A silo there that does not have the document yet, and then silence.
        await bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        await bench.MissAsync();
        Assert.NotNull(bench.Links.Dropped);
        Assert.Equal("cluster-dropped", Assert.Single(bench.Conditions.Conditions).Code);
    }

    [Fact]
    public async Task A_cluster_that_was_dropped_takes_no_puts_after_a_restart_either_while_it_reaches_no_other()
    {
        using (var before = new LinkBench(_folder.Path))
        {
            before.Topologies.Offer(SnapshotSample.North(3, "north-a"));
            await before.MissAsync(Word);
        }

        using (var after = new LinkBench(_folder.Path))
        {
            after.Topologies.Offer(SnapshotSample.North(3, "north-a"));
            after.Intake.Recall();

            Assert.Equal(new ClusterDrop("West says so.", 2), after.Links.Dropped);
            Assert.NotNull(after.Topologies.Current.Leaving);
            Assert.Equal(("cluster-dropped", true), (after.Conditions.Conditions.Single().Code, after.Conditions.Conditions.Single().StopsPuts));
            Assert.Equal("Cluster 'west' (1) had dropped this cluster from the store before this start: West says so.", after.Told.Last());
        }

        // With a later document its cluster is one that stays: it would not start otherwise.
        using (var other = new LinkBench(_folder.Path, FederationSample.Document() with { Version = 2 }))
        {
            // That of the cluster which has dropped this one is another of the same version.
            other.Intake.Recall();
            Assert.NotNull(other.Links.Dropped);
        }

        using var returned = new LinkBench(_folder.Path, FederationSample.Document() with { Version = 3 });
        returned.Intake.Recall();
        Assert.Null(returned.Links.Dropped);
    }

    [Fact]
    public async Task A_word_that_cannot_be_read_from_disk_is_heard_again_and_stops_no_start()
    {
        using (var before = new LinkBench(_folder.Path))
        {
            await before.MissAsync(Word);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "dropped-by-1.json"), "{\"formatVersion\":1}");
        using var after = new LinkBench(_folder.Path);
        after.Intake.Recall();

        Assert.Null(after.Links.Dropped);
        await after.MissAsync(Word);
        Assert.NotNull(after.Directory.LoadDropBy(1));
    }

    [Fact]
    public async Task While_one_of_the_others_goes_on_with_it_or_may_it_takes_puts()
    {
        var document = FederationSample.Document();
        var east = document.Clusters[1] with { Number = 2, Name = "east", Regions = ["east"], Peers = [LinkBench.WestAddress], Ordinals = [new(1200, 1799)] };
        using var bench = new LinkBench(_folder.Path, document with { Clusters = [.. document.Clusters, east] });
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        var toEast = bench.Links.All[1];
        await bench.MissAsync(Word);
        Assert.Null(bench.Links.Dropped);

        // From this word on, its puts need a copy in a region that stays, and west is owed nothing.
        Assert.True(bench.Topologies.Current.Leaving is { Word.DocumentVersion: 2 } leaving && leaving.Contains("north"));
        Assert.False(bench.Topologies.Current.RegionsOf(hasOthers: true)!.IsOwed("west"));
        Assert.True(bench.Topologies.Current.RegionsOf(hasOthers: true)!.Contains("west"));

        await bench.HearAsync(LinkBench.Says(SnapshotSample.Of(7, 1200, "east", "east-a"), "east-a") with { Cluster = 2 }, toEast);
        Assert.Null(bench.Links.Dropped);
        var condition = Assert.Single(bench.Conditions.Conditions);
        Assert.Equal(("cluster-dropped", false), (condition.Code, condition.StopsPuts));
        Assert.Contains(
            "puts are taken as long as cluster 'east' (2) goes on with it, and stored with a copy there. West says so.",
            condition.Sentence,
            StringComparison.Ordinal);

        for (var i = 0; i < 4; i++)
        {
            await bench.MissAsync(link: toEast);
            bench.Time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(LinkState.CutOff, toEast.State);
        Assert.Equal(2, bench.Links.Dropped!.DocumentVersion);
    }

    [Fact]
    public async Task A_read_that_asks_a_cluster_hears_that_it_has_dropped_this_one()
    {
        using var bench = new LinkBench(_folder.Path);
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        await bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        bench.Answer = static (_, _) => throw Word;

        Assert.Single(await bench.Confirmation.FindUnconfirmedAsync());
        Assert.NotNull(bench.Links.Dropped);
    }

    [Fact]
    public async Task Of_a_cluster_that_keeps_another_region_only_the_peers_of_the_dropped_one_are_left_out()
    {
        var document = FederationSample.Document();
        document = document with { Clusters = [document.Clusters[0], document.Clusters[1] with { Regions = ["east", "west"] }] };
        using var bench = new LinkBench(_folder.Path, Dropped(document, "west"));
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b"));
        var (west, east) = (SnapshotSample.West(7, "west-a"), SnapshotSample.Of(7, 601, "east", "east-a"));
        var both = west with { Peers = [.. east.Peers, .. west.Peers], Ordinals = [.. west.Ordinals, .. east.Ordinals] };

        // Its registry has not heard of it yet.
        await bench.HearAsync(LinkBench.Says(both, "west-a", "east-a"));

        Assert.Equal((null, true), (bench.IsHosted("west-a"), bench.IsHosted("east-a")));
        Assert.Equal("east", Assert.Single(bench.Links.All).Cluster.Regions.Single());
        Assert.Equal(["north-a", "east-a"], Responsible(bench));
        Assert.Empty(bench.Conditions.Conditions);
    }

    [Fact]
    public async Task Silos_of_a_dropped_region_are_told_so_by_the_answers_to_a_cluster_that_goes_on_with_another()
    {
        var document = FederationSample.Document();
        document = document with { Clusters = [document.Clusters[0] with { Regions = ["north", "south"] }, document.Clusters[1]] };
        using var bench = new LinkBench(_folder.Path, document);
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        var says = LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a");

        // Of another cluster, and of a region that it covers no more.
        await bench.HearAsync(says with { Drops = [new RegionWord(1, "north", 2), new RegionWord(0, "far", 2)] });
        Assert.Null(bench.Topologies.Current.Leaving);
        Assert.Empty(bench.Conditions.Conditions);

        await bench.HearAsync(says with { Drops = [new RegionWord(0, "north", 3)] });
        var leaving = bench.Topologies.Current.Leaving!;
        Assert.Equal((true, false, 3), (leaving.Contains("north"), leaving.Contains("south"), leaving.Word.DocumentVersion));
        var condition = Assert.Single(bench.Conditions.Conditions);
        Assert.Equal(("region-dropped", false), (condition.Code, condition.StopsPuts));
        Assert.StartsWith(
            "Cluster 'west' (1) says that version 3 of the federation document has dropped region north of cluster 'north' (0). Puts through this cluster's "
            + "silos are stored only with a copy outside north.",
            condition.Sentence,
            StringComparison.Ordinal);
        Assert.Contains("Cluster 'west' (1) says that version 3 of the federation document has dropped region north of this cluster", bench.Told);

        // It stays, whatever another of its silos answers, and is said once.
        var told = bench.Told.Count();
        await bench.HearAsync(says);
        await bench.HearAsync(says with { Drops = [new RegionWord(0, "north", 3)] });
        Assert.NotNull(bench.Topologies.Current.Leaving);
        Assert.DoesNotContain(bench.Told.Skip(told), static line => line.Contains("dropped", StringComparison.Ordinal));
        Assert.Null(bench.Links.Dropped);
    }

    [Fact]
    public void The_peers_of_a_dropped_region_of_the_own_cluster_are_left_out_too()
    {
        var document = FederationSample.Document();
        document = document with { Clusters = [document.Clusters[0] with { Regions = ["north", "south"] }, document.Clusters[1]] };
        using var bench = new LinkBench(_folder.Path, Dropped(document, "south"));
        var (north, south) = (SnapshotSample.North(3, "north-a"), SnapshotSample.Of(3, 2, "south", "south-a"));
        bench.Topologies.Offer(north with { Peers = [.. north.Peers, .. south.Peers], Ordinals = [.. north.Ordinals, .. south.Ordinals] });

        Assert.Equal((true, null), (bench.IsHosted("north-a"), bench.IsHosted("south-a")));
        Assert.True(bench.Topologies.Current.Topology.TryGetPeerOfOrdinal(2, out _));
    }

    private static IEnumerable<string> Responsible(LinkBench bench) => bench.Topologies.Current.Topology is var topology
        ? new CopysetResolver(topology).MembersOf(Both).Select(i => topology[i].Id.Value).Order().OrderByDescending(static p => p == "north-a")
        : [];

    private static FederationDocument Dropped(FederationDocument document, string region) =>
        RegionDrop.Apply(document, new DroppedRegion { Region = region, At = DateTimeOffset.UnixEpoch });
}
