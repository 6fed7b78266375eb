using AllData.Errors;
using AllData.Membership;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using AllData.Tests.Unit.Links;
using AllData.Tests.Unit.Reading;

namespace AllData.Tests.Unit.Membership;

/// <summary>What a silo believes of a topology.</summary>
public sealed class TopologyCacheTests
{
    [Fact]
    public async Task A_silo_that_knows_no_peer_that_stores_says_that_it_cannot_answer()
    {
        await using var bench = await ScanBench.StartUnknowingAsync();
        bench.Tell(5, 0);

        await Assert.ThrowsAsync<RegistryUnavailableException>(() => bench.ScanAsync());
        await Assert.ThrowsAsync<RegistryUnavailableException>(() => bench.CreateReader().Get(TestBlocks.Key(0)));
    }

    // The registry's answer may be lost, and its news arrive: then nothing has been asked about the clocks behind which the first keys must lie.
    [Fact]
    public void A_new_directory_that_has_only_heard_of_its_ordinal_is_not_ready_without_the_registry()
    {
        using var bench = new LinkBench(isBound: false);
        var told = SnapshotSample.North(1, "north-a");
        bench.Topologies.Offer(told with { Ordinals = [told.Ordinals[0] with { Directory = bench.Directory.DirectoryId }] });
        Assert.Equal((1, false), (bench.Topologies.OwnOrdinal, bench.Topologies.HasBeenAccepted));

        var directory = (DataDirectory)bench.Directory;
        directory.BindCluster(told.ClusterId);
        directory.BindOrdinal(1);
        Assert.True(bench.Topologies.HasBeenAccepted);
    }
}
