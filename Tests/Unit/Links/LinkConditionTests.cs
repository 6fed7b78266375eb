using AllData.Tests.Support;

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
