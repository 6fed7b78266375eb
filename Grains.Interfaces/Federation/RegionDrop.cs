using AllData.Errors;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>How a region leaves a store: the next version of the federation document says that it was dropped.</summary>
public static class RegionDrop
{
    /// <summary>The cluster that covers a region that may be dropped.</summary>
    /// <param name="document">The document in use.</param>
    /// <param name="asked">The cluster that is asked to look at it.</param>
    /// <param name="region">The region.</param>
    /// <exception cref="RegionRefusedException">It cannot be dropped, whatever it holds.</exception>
    public static FederationCluster Find(FederationDocument document, FederationCluster asked, string region)
    {
        var regions = document.Clusters.SelectMany(static c => c.Regions).Order(StringComparer.Ordinal).ToList();
        var shown = UnprintableText.Show(region);
        var cluster = document.Clusters.FirstOrDefault(c => c.Regions.Contains(region)) ?? throw WhyNotThere(document, regions, region, shown);
        if (regions.Count == 1)
        {
            throw new RegionRefusedException(
                $"Region {shown} is the last one of the store: without it nothing is left.", region, RegionRefusal.Last);
        }

        return cluster.Number != asked.Number || asked.Regions.Length > 1
            ? cluster
            : throw new RegionRefusedException(
                $"Region {shown} is all that cluster {asked} covers, which was asked: it does not drop itself. Ask a cluster that stays: --gateway HOST:PORT.",
                region,
                RegionRefusal.Own);
    }

    /// <summary>The document that follows when a region has been dropped: one version higher, with the region among the dropped ones.</summary>
    /// <param name="document">The document in use; it covers the region.</param>
    /// <param name="dropped">The region, and what was given up with it.</param>
    public static FederationDocument Apply(FederationDocument document, DroppedRegion dropped) => document with
    {
        Version = document.Version + 1,
        Clusters = [.. document.Clusters.Select(c => c.Regions.Contains(dropped.Region) ? Without(c, dropped) : c)],
    };

    // A cluster without a region is not reached any more. It keeps its number, its name and its ordinals, which no other may have.
    private static FederationCluster Without(FederationCluster cluster, DroppedRegion dropped)
    {
        var left = cluster with
        {
            Regions = cluster.Regions.Remove(dropped.Region),
            Dropped = [.. cluster.Dropped.Append(dropped).OrderBy(static d => d.Region, StringComparer.Ordinal)],
        };
        return left.IsDropped ? left with { Peers = [], Authority = null, AuthorityFile = null, Thumbprints = [] } : left;
    }

    private static RegionRefusedException WhyNotThere(FederationDocument document, List<string> regions, string region, string shown) =>
        document.Clusters.SelectMany(static c => c.Dropped).FirstOrDefault(d => d.Region == region) is { } dropped
            ? new RegionRefusedException(
                $"Region {shown} is dropped already, by version {document.Version} of the federation document. {dropped.Describe()}",
                region,
                RegionRefusal.AlreadyDropped)
            : new RegionRefusedException(
                $"No cluster of the store covers a region {shown}: version {document.Version} of the federation document has {string.Join(", ", regions)}.",
                region,
                RegionRefusal.Unknown);
}
