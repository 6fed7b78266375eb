using AllData.Federation;
using AllData.Protocol.Links;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Links;

/// <summary>What a silo says of its links to the other clusters of the store.</summary>
public sealed class LinkConditionTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly LinkBench _bench;

    public LinkConditionTests()
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
    public async Task A_document_that_is_older_than_another_clusters_is_a_condition()
    {
        await _bench.HearAsync(LinkBench.Says(SnapshotSample.West(7, "west-a")) with { DocumentVersion = 2 });

        Assert.Equal(
            "Version 1 of the federation document is used here, and cluster 'west' (1) uses version 2. Start every silo of cluster 'north' (0) with version 2.",
            Assert.Single(_bench.Conditions.Conditions).Sentence);
    }

    [Fact]
    public async Task Another_document_of_the_same_version_is_a_condition_until_it_is_the_same_or_newer()
    {
        var digest = FederationSample.Document().Digest;
        var says = LinkBench.Says(SnapshotSample.West(7, "west-a"));
        await _bench.HearAsync(says with { DocumentDigest = FederationSample.Document(north: new OrdinalRange(1, 100)).Digest });
        var condition = Assert.Single(_bench.Conditions.Conditions);
        Assert.Equal(("federation-differs", false), (condition.Code, condition.StopsPuts));
        Assert.StartsWith(
            "Version 1 of the federation document is used here with another content than in cluster 'west' (1).", condition.Sentence, StringComparison.Ordinal);

        // A silo of an earlier version answers, and then one with the same document.
        await _bench.HearAsync(says);
        Assert.Single(_bench.Conditions.Conditions);
        await _bench.HearAsync(says with { DocumentDigest = digest });
        Assert.Empty(_bench.Conditions.Conditions);

        await _bench.Served.AnswerAsync(new ClusterQuestion(1, 1, 0) { DocumentDigest = digest[..31] + "x" });
        Assert.Equal("federation-differs", Assert.Single(_bench.Conditions.Conditions).Code);
        await _bench.HearAsync(says with { DocumentVersion = 2, DocumentDigest = digest[..31] + "x" });
        Assert.Equal("federation-outdated", Assert.Single(_bench.Conditions.Conditions).Code);
    }

    [Fact]
    public void A_document_that_is_older_than_another_silos_of_the_own_cluster_is_a_condition()
    {
        var own = SnapshotSample.North(4, "north-a", "north-b");
        Assert.Empty(_bench.Conditions.Conditions);
        _bench.Topologies.Offer(own with { Peers = [own.Peers[0] with { DocumentVersion = 1 }, own.Peers[1] with { DocumentVersion = 3 }] });

        var condition = Assert.Single(_bench.Conditions.Conditions);
        Assert.Equal(("federation-outdated", false), (condition.Code, condition.StopsPuts));
        Assert.Equal(
            "Version 1 of the federation document is used here, and peer 'north-b' of this cluster was started with version 3. Start this silo with version 3.",
            condition.Sentence);
    }

    [Fact]
    public async Task A_cluster_that_is_cut_off_is_told_with_what_was_tried_and_with_a_document_that_may_have_dropped_it()
    {
        await _bench.MissAsync(new IOException("Cluster 'west' (1) at 127.0.0.1:8382 cannot be reached: Connection refused"));
        Assert.EndsWith(
            "what it misses goes there when it answers again. See that its silos run and that this one reaches their peer ports. Tried: "
            + "http://127.0.0.1:8382. The last: Cluster 'west' (1) at 127.0.0.1:8382 cannot be reached: Connection refused",
            Assert.Single(_bench.Conditions.Conditions).Sentence,
            StringComparison.Ordinal);

        var own = SnapshotSample.North(4, "north-a", "north-b");
        _bench.Topologies.Offer(own with { Peers = [own.Peers[0], own.Peers[1] with { DocumentVersion = 2 }] });
        Assert.Contains(
            "goes there when it answers again, unless version 2 of the federation document, which is in use already, has dropped it.",
            _bench.Conditions.Conditions.First().Sentence,
            StringComparison.Ordinal);
    }
}
