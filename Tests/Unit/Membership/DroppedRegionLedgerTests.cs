using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Tests.Unit.Federation;
using AllData.Tests.Unit.Links;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>What a registry does with the peers of a region that was dropped.</summary>
public sealed class DroppedRegionLedgerTests
{
    private static readonly FederationDocument Before = FederationSample.Document() is var sample
        ? sample with { Clusters = [sample.Clusters[0] with { Regions = ["north", "south"] }, sample.Clusters[1]] }
        : sample;

    private static readonly FederationDocument After =
        RegionDrop.Apply(Before, new DroppedRegion { Region = "south", At = DateTimeOffset.UnixEpoch });

    [Fact]
    public void They_are_dropped_as_by_an_order_and_others_take_their_place()
    {
        var state = Announce(Announce(Announce(new RegistryState(), Before, "n", "north", 1), Before, "s", "south", 2), Before, "t", "south", 3);
        Assert.Same(state, RegistryLedger.DropRegions(state, null));
        Assert.Same(state, RegistryLedger.DropRegions(state, Own(Before)));

        var left = RegistryLedger.DropRegions(state, Own(After));
        Assert.Equal(["n"], left.Peers.Select(static p => p.Id));
        Assert.Equal(["s", "t"], left.Tombstones.Select(static p => p.Id));
        Assert.Equal(["s", "t"], left.Replacements.Where(static r => r.Reason == ReplacementReason.Dropped).Select(static r => r.Peer));
        Assert.Same(left, RegistryLedger.DropRegions(left, Own(After)));
    }

    [Fact]
    public void A_silo_that_returns_with_the_former_document_is_refused_with_the_way_out()
    {
        var state = Announce(Announce(new RegistryState(), Before, "n", "north", 1), Before, "s", "south", 2);

        var refused = Assert.Throws<PeerRefusedException>(() => Announce(state, After, "s", "south", 2));
        Assert.StartsWith("Peer 's' is in region 'south'. Version 2 of the federation document", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'alldata scan --scope cluster'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_that_a_silo_was_started_with_is_told_to_all_and_the_last_one_counts()
    {
        var state = Announce(new RegistryState(), Before, "n", "north", 1, version: 1);
        Assert.Equal(1, Assert.Single(RegistryLedger.Snapshot(state).Peers).DocumentVersion);
        Assert.Same(state, Announce(state, Before, "n", "north", 1, version: 1));

        var next = Announce(state, Before, "n", "north", 1, version: 2);
        Assert.Equal((state.Version + 1, 2), (next.Version, Assert.Single(RegistryLedger.Snapshot(next).Peers).DocumentVersion));
        Assert.Equal(0, Assert.Single(RegistryLedger.Snapshot(Announce(next, Before, "n", "north", 1, version: -5)).Peers).DocumentVersion);
    }

    private static FederatedCluster Own(FederationDocument document) => new(document, document.Clusters[0]);

    private static RegistryState Announce(RegistryState state, FederationDocument document, string peer, string region, int directory, int version = 0) =>
        RegistryLedger.Announce(
            state,
            new PeerAnnouncement(
                PeerId.Parse(peer), new PeerLocation(region, "a"), Stores: true, SnapshotSample.DirectoryOf(directory), Guid.Empty, TimeSpan.FromDays(1), "",
                SiloAddress.Zero, 0, 0)
            {
                DocumentVersion = version,
            },
            FederationSample.Store,
            new OrdinalSource { Federation = Own(document) });
}
