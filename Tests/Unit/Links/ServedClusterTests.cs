using AllData.Errors;
using AllData.Federation;
using AllData.Links;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Links;

/// <summary>What a silo says of its cluster to the others.</summary>
public sealed class ServedClusterTests : IDisposable
{
    private readonly LinkBench _bench = new();

    public ServedClusterTests() => _bench.Topologies.Offer(SnapshotSample.North(3, "north-a", "north-b", "north-c"));

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task It_says_what_its_own_registry_says_and_which_peers_have_a_silo_whatever_it_knows_of_others()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a"), "west-a"));
        var report = await _bench.Served.AnswerAsync(new ClusterQuestion(1, 1, 2));

        Assert.Equal((0, 1, 3L), (report.Cluster, report.DocumentVersion, report.TopologyVersion));
        Assert.Same(_bench.Topologies.Own, report.Topology);
        Assert.Equal(["north-a", "north-b"], report.Hosted.Select(static p => p.Value));
        Assert.Equal("1-3 600", $"{report.Seen}");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_topology_that_is_known_is_left_out(long known) =>
        Assert.Null((await _bench.Served.AnswerAsync(new ClusterQuestion(1, 1, known))).Topology);

    [Fact]
    public async Task When_it_is_to_confirm_it_asks_its_registry_first_and_does_not_wait_for_it_without_end()
    {
        var question = new ClusterQuestion(1, 1, 3, IsConfirmed: true);
        var newer = SnapshotSample.North(4, "north-a", "north-b", "north-c", "north-d");
        _bench.AskRegistry = () => Task.FromResult(newer);
        Assert.Same(newer, (await _bench.Served.AnswerAsync(question)).Topology);

        _bench.AskRegistry = static () => new TaskCompletionSource<TopologySnapshot>().Task;
        var answer = _bench.Served.AnswerAsync(question);
        _bench.Time.Advance(ServedCluster.RegistryPatience);
        await Assert.ThrowsAsync<TimeoutException>(() => answer);
    }

    [Fact]
    public async Task A_question_tells_which_document_the_asking_cluster_uses()
    {
        await _bench.Served.AnswerAsync(new ClusterQuestion(1, 2, 0));
        await _bench.Served.AnswerAsync(new ClusterQuestion(1, 1, 0));

        Assert.Equal(2, _bench.West.DocumentVersion);
    }

    [Fact]
    public async Task It_says_which_regions_were_dropped_by_its_document_and_by_what_it_has_heard_where_that_is_understood()
    {
        var document = RegionDrop.Apply(
            FederationSample.Document() is var two ? two with { Clusters = [two.Clusters[0], two.Clusters[1] with { Regions = ["east", "west"] }] } : two,
            new DroppedRegion { Region = "west", At = DateTimeOffset.UnixEpoch });
        using var bench = new LinkBench(document: document);
        bench.Topologies.Offer(SnapshotSample.North(3, "north-a"));
        await bench.HearAsync(LinkBench.Says(SnapshotSample.Of(7, 601, "east", "east-a")) with
        {
            DocumentVersion = 2,
            DocumentDigest = document.Digest,
            Drops = [new RegionWord(1, "west", 2), new RegionWord(2, "far", 4)],
        });

        var report = await bench.Served.AnswerAsync(new ClusterQuestion(1, 2, 0) { DocumentDigest = document.Digest });
        Assert.Equal(document.Digest, report.DocumentDigest);
        Assert.Equal([new RegionWord(1, "west", 2), new RegionWord(2, "far", 4)], report.Drops.AsEnumerable());
        Assert.Equal(4, bench.Links.NewestDocument);

        var earlier = await bench.Served.AnswerAsync(new ClusterQuestion(1, 2, 0));
        Assert.Equal(("", true), (earlier.DocumentDigest, earlier.Drops.IsEmpty));
    }

    [Theory]
    [InlineData(0, "was asked by a cluster that has its number")]
    [InlineData(2, "with version 5 of the federation document, and it is not in version 1, which is used here: 'north' (0), 'west' (1) are.")]
    public async Task A_cluster_that_is_not_in_the_document_is_refused_and_no_registry_asked_for_it(int cluster, string sentence)
    {
        var question = new ClusterQuestion(cluster, 5, 0, IsConfirmed: true);
        Assert.Contains(sentence, (await Assert.ThrowsAsync<InvalidValueException>(() => _bench.Served.AnswerAsync(question))).Message);
    }
}
