using System.Collections.Immutable;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Links;
using AllData.Remote;

namespace AllData.Tests.Support;

/// <summary>The links of one silo of a test cluster, which a test cuts off and heals: to that silo the peers of the region have no silo then.</summary>
internal sealed class CuttableLinks(HostingSilos silos) : IRegionLinks, IPeerLiveness
{
    private volatile CutOffRegion? _cut;

    /// <inheritdoc/>
    public ImmutableArray<CutOffRegion> CutOff => _cut is { } cut ? [cut] : [];

    /// <inheritdoc/>
    public LeavingRegions? Leaving { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<PeerId> Alive => [.. silos.Alive.Where(IsAlive)];

    /// <inheritdoc/>
    public bool IsAlive(PeerId peer) => silos.IsAlive(peer) && !(_cut is { } cut && peer.Value.StartsWith(cut.Region, StringComparison.Ordinal));

    /// <summary>Cuts a region off; its peers are named after it. Null heals.</summary>
    public void Cut(string? region, TopologyCache topologies)
    {
        _cut = region is null ? null : new CutOffRegion(region, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        topologies.OnMembershipChanged();
    }

    /// <summary>Another cluster says that it has dropped a region.</summary>
    public void Drop(string region, TopologyCache topologies)
    {
        Leaving = new LeavingRegions([region], new ClusterDrop("It was dropped.", 2));
        topologies.OnMembershipChanged();
    }
}
