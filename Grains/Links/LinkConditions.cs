using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Peers;

namespace AllData.Links;

/// <summary>What an operator must know of the store's other clusters: which are cut off, and what the clusters contradict each other in.</summary>
internal sealed class LinkConditions(ConfiguredFederation federation, ClusterLinks links, TopologyCache topologies) : IConditionSource
{
    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions => federation.Own is { } own
        ? links.All.SelectMany(link => Of(own, link))
            .Concat(topologies.Clashes.Select(static clash => new SiloCondition("clusters-clash", StopsPuts: false, clash)))
        : [];

    private static IEnumerable<SiloCondition> Of(FederatedCluster own, ClusterLink link)
    {
        var cluster = link.Cluster;
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
