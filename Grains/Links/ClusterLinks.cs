using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Reports;

namespace AllData.Links;

/// <summary>
/// The links to the other clusters of the store, in the order of their numbers; none where it has one cluster. Reading them never waits.
/// <see cref="ClusterWatch"/> keeps them.
/// </summary>
internal sealed class ClusterLinks(ConfiguredFederation federation, TimeProvider time) : IRegionLinks
{
    private volatile FrozenDictionary<PeerId, ClusterLink> _homes = FrozenDictionary<PeerId, ClusterLink>.Empty;

    /// <summary>The links.</summary>
    public ImmutableArray<ClusterLink> All { get; } = federation.Own is not { } own ? []
        : [.. own.Document.Clusters.Where(c => c.Number != own.Own.Number && !c.IsDropped).OrderBy(static c => c.Number).Select(c => new ClusterLink(c, time))];

    /// <inheritdoc/>
    public ImmutableArray<CutOffRegion> CutOff =>
        [.. All.Where(static l => !l.CarriesPuts)
            .SelectMany(static l => l.Cluster.Regions.Select(r => new CutOffRegion(r, l.CutOffSince, l.Dropped is not null)))];

    /// <inheritdoc/>
    public ClusterDrop? Dropped
    {
        get
        {
            ClusterDrop? dropped = null;
            foreach (var link in All)
            {
                if (link.MayGoOn)
                {
                    return null;
                }

                dropped ??= link.Dropped;
            }

            return dropped;
        }
    }

    /// <inheritdoc/>
    public LeavingRegions? Leaving => All.FirstOrDefault(static l => l.Dropped is not null) is { Dropped: { } word }
        ? new LeavingRegions(federation.Own!.Own.Regions, word)
        : LeavingByWord();

    /// <summary>All that the clusters have said of regions that were dropped.</summary>
    public IEnumerable<RegionWord> Drops => All.SelectMany(static l => l.Drops).DistinctBy(static d => (d.Cluster, d.Region));

    /// <inheritdoc/>
    public int NewestDocument => All.Select(static l => l.DocumentVersion).Concat(Drops.Select(static d => d.DocumentVersion)).DefaultIfEmpty().Max();

    /// <summary>The links for an operator.</summary>
    public ImmutableArray<LinkReport> Reports =>
    [
        .. All.Select(static l => new LinkReport(l.Cluster.Number, l.Cluster.Name, l.Cluster.Regions, l.State, l.Since)
        {
            HasDropped = l.Dropped is not null,
        }),
    ];

    /// <summary>The link to a cluster; null when it is this one, or not in the federation document.</summary>
    public ClusterLink? Find(int cluster) => All.FirstOrDefault(l => l.Cluster.Number == cluster);

    /// <summary>The link to the cluster that a peer is of; null for a peer of this one, and for one that is not known.</summary>
    public ClusterLink? HomeOf(PeerId peer) => _homes.GetValueOrDefault(peer);

    /// <inheritdoc/>
    public bool Reaches(PeerId peer) => HomeOf(peer) is { State: not LinkState.CutOff } link && link.Hosts(peer);

    // A cluster that goes on with other regions is answered as ever: so its silos learn from what is said of all regions.
    private LeavingRegions? LeavingByWord()
    {
        if (federation.Own is not { Own: { } own }
            || Drops.Where(d => d.Cluster == own.Number && own.Regions.Contains(d.Region)).ToList() is not [var one, ..] said)
        {
            return null;
        }

        var from = All.First(l => l.Drops.Contains(one)).Cluster;
        var names = string.Join(", ", said.Select(static d => d.Region));
        return new LeavingRegions(
            [.. said.Select(static d => d.Region)],
            new ClusterDrop(
                $"Cluster {from} says that version {one.DocumentVersion} of the federation document has dropped {(said.Count == 1 ? "region" : "regions")} "
                + $"{names} of cluster {own}.",
                one.DocumentVersion));
    }

    /// <summary>Says which peers are of other clusters.</summary>
    public void SetHomes(FrozenDictionary<PeerId, ClusterLink> homes) => _homes = homes;
}
