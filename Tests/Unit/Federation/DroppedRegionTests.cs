using System.Collections.Immutable;
using AllData.Errors;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Tests.Unit.Federation;

/// <summary>How a region leaves a store, as far as the document says it.</summary>
public sealed class DroppedRegionTests
{
    private static readonly FederationDocument Several = FederationSample.Document(version: 2) is var two
        ? two with { Clusters = [two.Clusters[0], two.Clusters[1] with { Regions = ["east", "west"] }] }
        : two;

    private static readonly DroppedRegion West = Drop("west");

    [Fact]
    public void A_region_of_several_leaves_its_cluster_and_the_last_one_takes_the_cluster_with_it()
    {
        var once = RegionDrop.Apply(Several, West);
        Assert.Equal((3, "east", false), (once.Version, Assert.Single(once.Clusters[1].Regions), once.Clusters[1].IsDropped));
        Assert.Equal(Several.Clusters[1].Peers.AsEnumerable(), once.Clusters[1].Peers);
        Assert.Equal((West, null), (once.Clusters[1].FindDropped("west"), once.Clusters[1].FindDropped("east")));

        var whole = RegionDrop.Apply(once, Drop("east"));
        Assert.True(whole.Clusters[1].IsDropped);
        Assert.Empty(whole.Clusters[1].Peers);

        // Its ordinals stay its own, and what is written is read as it was.
        Assert.Equal(1, whole.ClusterOf(600)!.Number);
        foreach (var document in new[] { once, whole })
        {
            Assert.Equal(document, FederationJson.Read(FederationJson.Write(document)));
        }

        Assert.Empty(FederationSuccession.FaultsOf(Several, once));
        Assert.Empty(FederationSuccession.FaultsOf(once, whole));
    }

    [Theory]
    [InlineData("nowhere", "north", RegionRefusal.Unknown, "covers a region 'nowhere': version 3 of the federation document has east, north.")]
    [InlineData("west", "north", RegionRefusal.AlreadyDropped, "'west' is dropped already, by version 3 of the federation document.")]
    [InlineData("north", "north", RegionRefusal.Own, "is all that cluster 'north' (0) covers, which was asked: it does not drop itself.")]
    public void What_cannot_be_dropped_is_refused_with_the_reason(string region, string asked, RegionRefusal reason, string sentence)
    {
        var document = RegionDrop.Apply(Several, West);
        var refused = Assert.Throws<RegionRefusedException>(() => RegionDrop.Find(document, document.Find(asked)!, region));

        Assert.Equal((region, reason), (refused.Region, refused.Reason));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.Equal("west", RegionDrop.Find(document, document.Find("north")!, "east").Name);
        Assert.Equal("west", RegionDrop.Find(Several, Several.Find("west")!, "east").Name);
    }

    [Fact]
    public void The_last_region_of_the_store_stays()
    {
        var document = RegionDrop.Apply(FederationSample.Document(), West);

        Assert.Equal(
            RegionRefusal.Last,
            Assert.Throws<RegionRefusedException>(() => RegionDrop.Find(document, document.Find("north")!, "north")).Reason);
    }

    [Fact]
    public void What_was_dropped_does_not_come_back_and_no_cluster_disappears()
    {
        var inUse = RegionDrop.Apply(Several, West);
        Assert.Contains(
            "does not say that region west of cluster 'west' (1) was dropped", Refusal(inUse, Several with { Version = 4 }), StringComparison.Ordinal);
        Assert.Contains(
            "says of region west of cluster 'west' (1) something else than version 3, which is in use",
            Refusal(inUse, RegionDrop.Apply(Several, West with { At = West.At.AddSeconds(1) }) with { Version = 4 }),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Version 4 has no cluster 'west' (1), and version 3, which is in use, has",
            Refusal(inUse, inUse with { Version = 4, Clusters = [inUse.Clusters[0]] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_lost_stays_as_it_was_recorded()
    {
        var lost = West with { Blocks = 4, Events = 9, Unknown = ["No answer from c."] };
        var inUse = RegionDrop.Apply(Several, lost);
        var same = RegionDrop.Apply(Several, lost with { Unknown = ["No answer from c."] }) with { Version = 4 };
        Assert.Empty(FederationSuccession.FaultsOf(inUse, same));
        foreach (var other in new[] { lost with { Blocks = 3 }, lost with { Events = 0 }, lost with { Unknown = [] } })
        {
            Assert.EndsWith(
                $"Copy it: {lost.Describe()}", Refusal(inUse, RegionDrop.Apply(Several, other) with { Version = 4 }), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cluster_that_was_dropped_covers_no_region_again()
    {
        var inUse = RegionDrop.Apply(FederationSample.Document(), West);
        var revived = inUse.Clusters[1] with { Regions = ["far"], Peers = ["http://localhost:9"] };

        Assert.StartsWith(
            "Version 3 gives cluster 'west' (1) region far, and version 2, which is in use, has dropped it: silos that it had before would not be told.",
            Refusal(inUse, inUse with { Version = 3, Clusters = [inUse.Clusters[0], revived] }),
            StringComparison.Ordinal);

        // One that goes on with another region may get a further one.
        var partly = RegionDrop.Apply(Several, West);
        Assert.Empty(FederationSuccession.FaultsOf(
            partly, partly with { Version = 4, Clusters = [partly.Clusters[0], partly.Clusters[1] with { Regions = ["east", "far"] }] }));
    }

    [Fact]
    public void A_region_of_a_dropped_cluster_may_be_covered_by_a_new_one()
    {
        var document = RegionDrop.Apply(FederationSample.Document(), West);
        var again = document.Clusters[0] with
        {
            Number = 2,
            Name = "west-2",
            Regions = ["west"],
            Peers = ["http://localhost:9"],
            Ordinals = [new(1200, 1299)],
        };

        Assert.Empty(FaultsOf(document with { Clusters = [.. document.Clusters, again] }));
    }

    [Theory]
    [InlineData("""{"region":"west","at":"2026-01-02T03:04:05Z","blocks":0,"events":0}""", "covers region 'west' and has dropped it", "west")]
    [InlineData("""{"region":"e","at":"2026-01-02T03:04:05.5Z","blocks":0,"events":0}""", "clusters[0].dropped[0].at is '2026-01-02T03:04:05.5Z': write a time")]
    [InlineData("""{"region":"e","at":"2026-01-02T03:04:05Z","blocks":-1,"events":0}""", "blocks is '-1': give a whole number from 0 on.")]
    [InlineData("""{"region":"e\u001b","at":"2026-01-02T03:04:05Z","blocks":0,"events":0}""", "'e\\u001b' is not a region")]
    [InlineData("""{"region":"e","at":"2026-01-02T03:04:05Z","blocks":0,"events":0},{"region":"e","at":"2026-01-02T03:04:05Z","blocks":0,"events":0}""",
        "has dropped region 'e' twice")]
    [InlineData("""{"region":"e"}""", "clusters[0].dropped[0].at is missing")]
    [InlineData("", "clusters[0].dropped is empty: give at least one.")]
    public void What_cannot_be_true_of_a_dropped_region_is_said(string dropped, string sentence, string regions = "far") => Assert.Contains(
        FederationSample.FaultsOf(FederationSample.Around(
            $$"""{"number":1,"name":"west","regions":["{{regions}}"],"dropped":[{{dropped}}],"peers":["http://localhost:2"]}""")),
        f => f.Contains(sentence, StringComparison.Ordinal));

    [Fact]
    public void A_loss_that_was_accepted_is_said_and_none_too()
    {
        Assert.Equal("Region west was dropped 2026-01-02 03:04 UTC: nothing was lost.", West.Describe());
        Assert.Equal(
            "Region west was dropped 2026-01-02 03:04 UTC with a loss that was accepted: 1,204 blocks with 9,631 events were held there alone. "
                + "No answer from c.",
            (West with { Blocks = 1204, Events = 9631, Unknown = ["No answer from c."] }).Describe());
        Assert.EndsWith("accepted: No answer from c.", (West with { Unknown = ["No answer from c."] }).Describe(), StringComparison.Ordinal);
    }

    private static DroppedRegion Drop(string region) => new() { Region = region, At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) };

    private static string Refusal(FederationDocument inUse, FederationDocument next) => Assert.Single(FederationSuccession.FaultsOf(inUse, next));

    private static IReadOnlyList<string> FaultsOf(FederationDocument document) =>
        FederationSample.FaultsOf(System.Text.Encoding.UTF8.GetString(FederationJson.Write(document)));
}
