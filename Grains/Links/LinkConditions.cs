using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Links;

namespace AllData.Links;

/// <summary>What an operator must know of the store's other clusters: which are cut off, and what the clusters contradict each other in.</summary>
internal sealed class LinkConditions(ConfiguredFederation federation, ClusterLinks links, TopologyCache topologies) : IConditionSource
{
    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions => federation.Own is { } own
        ? (links.Dropped is { } dropped ? [OfDropped(own, dropped)] : links.All.SelectMany(link => Of(own, link)).Concat(OfRegion()).Concat(OfOwn(own)))
            .Concat(topologies.Clashes.Select(static clash => new SiloCondition("clusters-clash", StopsPuts: false, clash)))
        : [];

    private static SiloCondition OfDropped(FederatedCluster own, ClusterDrop dropped) => new(
        "cluster-dropped", StopsPuts: true,
        $"Cluster {own.Own}, which this silo is of, was dropped from the store and takes no puts any more: put through a cluster that stays, and stop this "
        + $"one's silos. {FederatedCluster.WhatIsLeft} {dropped.Sentence}");

    // Where a cluster has dropped this one as a whole, that is said of it.
    private IEnumerable<SiloCondition> OfRegion()
    {
        if (links.Leaving is { } leaving && links.All.All(static l => l.Dropped is null))
        {
            yield return new SiloCondition("region-dropped", StopsPuts: false,
                $"{leaving.Word.Sentence} Puts through this cluster's silos are stored only with a copy outside {leaving}. Stop the silos there, and start "
                + $"those of the cluster's other regions with that version. {FederatedCluster.WhatIsLeft}");
        }
    }

    // Only a silo of the own cluster tells: its registry knows with which document each was started.
    private IEnumerable<SiloCondition> OfOwn(FederatedCluster own)
    {
        if (topologies.Own.Peers.MaxBy(static p => p.DocumentVersion) is { } newest && newest.DocumentVersion > own.Document.Version)
        {
            yield return new SiloCondition("federation-outdated", StopsPuts: false,
                $"Version {own.Document.Version} of the federation document is used here, and peer '{newest.Id}' of this cluster was started with version "
                + $"{newest.DocumentVersion}. Start this silo with version {newest.DocumentVersion}.");
        }
    }

    private int NewestDocument(FederatedCluster own) => Math.Max(own.Document.Version, Math.Max(
        links.NewestDocument, topologies.Own.Peers.Select(static p => p.DocumentVersion).DefaultIfEmpty().Max()));

    private static string UnlessDropped(int newest) => $", unless version {newest} of the federation document, which is in use already, has dropped it";

    private IEnumerable<SiloCondition> Of(FederatedCluster own, ClusterLink link)
    {
        var cluster = link.Cluster;
        if (link.Dropped is { } dropped)
        {
            // While another cluster goes on with this one, what is put here is stored once it is there, and gets from there to the others.
            yield return new SiloCondition("cluster-dropped", StopsPuts: false,
                $"Cluster {cluster} says that cluster {own.Own}, which this silo is of, was dropped from the store; puts are taken as long as cluster "
                + $"{string.Join(" or cluster ", links.All.Where(static l => l.MayGoOn).Select(static l => l.Cluster))} goes on with it, "
                + $"and stored with a copy there. {dropped.Sentence}");
            yield break;
        }

        if (link is { IsTried: true, CarriesPuts: false })
        {
            var newest = NewestDocument(own);
            yield return new SiloCondition("cluster-cut-off", StopsPuts: false,
                $"Cluster {cluster} is cut off since {link.CutOffSince:yyyy-MM-dd HH:mm:ss} UTC: puts go on without {string.Join(", ", cluster.Regions)}, and "
                + $"what it misses goes there when it answers again{(newest > own.Document.Version ? UnlessDropped(newest) : "")}. See that its silos run and "
                + $"that this one reaches their peer ports. Tried: {string.Join(", ", cluster.Peers)}. The last: {link.LastFailure}");
        }

        if (link.DocumentVersion > own.Document.Version)
        {
            yield return new SiloCondition("federation-outdated", StopsPuts: false,
                $"Version {own.Document.Version} of the federation document is used here, and cluster {cluster} uses version {link.DocumentVersion}. Start "
                + $"every silo of cluster {own.Own} with version {link.DocumentVersion}.");
        }

        if (link.DocumentVersion == own.Document.Version && link.DocumentDigest is { Length: > 0 } digest && digest != own.Digest)
        {
            yield return new SiloCondition("federation-differs", StopsPuts: false,
                $"Version {own.Document.Version} of the federation document is used here with another content than in cluster {cluster}. Compare both files, "
                + $"write one that says all that either says under version {own.Document.Version + 1L} or higher, and start every silo of the store with it.");
        }

        if (link.Refusal is { } refusal)
        {
            yield return new SiloCondition("cluster-refused", StopsPuts: false, refusal);
        }
    }
}
