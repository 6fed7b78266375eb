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
        ? (links.Dropped is { } dropped ? [OfDropped(own, dropped)] : links.All.SelectMany(link => Of(own, link)))
            .Concat(topologies.Clashes.Select(static clash => new SiloCondition("clusters-clash", StopsPuts: false, clash)))
        : [];

    private static SiloCondition OfDropped(FederatedCluster own, ClusterDrop dropped) => new(
        "cluster-dropped", StopsPuts: true,
        $"Cluster {own.Own}, which this silo is of, was dropped from the store, and takes no puts any more. {dropped.Sentence} Then stop its silos.");

    private IEnumerable<SiloCondition> Of(FederatedCluster own, ClusterLink link)
    {
        var cluster = link.Cluster;
        if (link.Dropped is { } dropped)
        {
            // While another cluster goes on with this one, what is put here gets there, and from there to the others: so a put is no loss.
            yield return new SiloCondition("cluster-dropped", StopsPuts: false,
                $"Cluster {cluster} says that cluster {own.Own}, which this silo is of, was dropped from the store; puts are taken as long as cluster "
                + $"{string.Join(" or cluster ", links.All.Where(static l => l.MayGoOn).Select(static l => l.Cluster))} goes on with it. {dropped.Sentence}");
            yield break;
        }

        if (link is { IsTried: true, CarriesPuts: false })
        {
            yield return new SiloCondition("cluster-cut-off", StopsPuts: false,
                $"Cluster {cluster} is cut off since {link.CutOffSince:yyyy-MM-dd HH:mm:ss} UTC: puts go on without {string.Join(", ", cluster.Regions)}, and "
                + "what it misses goes there when it answers again. See that its silos run and that this one reaches their peer ports.");
        }

        if (link.DocumentVersion > own.Document.Version)
        {
            yield return new SiloCondition("federation-outdated", StopsPuts: false,
                $"Version {own.Document.Version} of the federation document is used here, and cluster {cluster} uses version {link.DocumentVersion}. Start "
                + $"every silo of cluster {own.Own} with version {link.DocumentVersion}.");
        }

        if (link.Refusal is { } refusal)
        {
            yield return new SiloCondition("cluster-refused", StopsPuts: false, refusal);
        }
    }
}
