using AllData.Peers;

namespace AllData.Federation;

/// <summary>What cannot be true of clusters beside each other, and of each of them.</summary>
internal static class FederationRules
{
    private const int MaxReasonLength = 2_000;

    /// <summary>A sentence for each fault, which names both sides.</summary>
    public static IEnumerable<string> FaultsOf(FederationDocument document)
    {
        var clusters = document.Clusters;
        if (clusters.Length > FederationDocument.MaxClusters)
        {
            return [$"The document has {clusters.Length} clusters, more than {FederationDocument.MaxClusters}, the most that a store may have."];
        }

        return AliasFaults(document)
            .Concat(Twice(clusters, "number", static c => c.Number == FederationReader.Unread ? [] : [$"{c.Number}"], "Give one of them another number."))
            .Concat(Twice(clusters, "name", static c => c.Name.Length == 0 ? [] : [c.Name], "Give one of them another name."))
            .Concat(Twice(clusters, "region", static c => c.Regions, "A region belongs to one cluster, once."))
            .Concat(Twice(clusters, "peer", static c => c.Peers.Select(static p => p.TrimEnd('/')), "An address belongs to one cluster, once."))
            .Concat(Overlaps(clusters))
            .Concat(clusters.SelectMany(NameFaults))
            .Concat(clusters.SelectMany(DroppedFaults))
            .Concat(clusters.Where(static c => !c.IsDropped).SelectMany(
                c => PeerEndpointRules.FaultsOf(c, isAlone: clusters.Count(static other => !other.IsDropped) == 1)))
            .Concat(clusters.SelectMany(TrustRules.FaultsOf));
    }

    private static IEnumerable<string> AliasFaults(FederationDocument document)
    {
        foreach (var alias in document.Aliases.GroupBy(static alias => alias).Where(static same => same.Count() > 1))
        {
            yield return $"aliases has {alias.Key} twice. Leave one of the two out.";
        }

        if (document.Store != Guid.Empty && document.Aliases.Contains(document.Store))
        {
            yield return $"aliases has {document.Store}, which is the store itself. Leave it out of the aliases.";
        }
    }

    private static IEnumerable<string> Twice(
        IEnumerable<FederationCluster> clusters, string what, Func<FederationCluster, IEnumerable<string>> things, string wayOut) =>
        clusters.SelectMany(c => things(c).Select(thing => (Cluster: c, Thing: thing)))
            .GroupBy(static one => one.Thing)
            .Where(static same => same.Count() > 1)
            .Select(same => $"Cluster {string.Join(" and cluster ", same.Select(static one => one.Cluster))} have {what} {UnprintableText.Show(same.Key)}. "
                + wayOut);

    // In the order of their beginnings, each beside the one of those before it that reaches furthest.
    private static IEnumerable<string> Overlaps(IEnumerable<FederationCluster> clusters)
    {
        (FederationCluster Cluster, OrdinalRange Range)? furthest = null;
        foreach (var one in clusters.SelectMany(static c => c.Ordinals.Select(range => (Cluster: c, Range: range))).OrderBy(static o => o.Range.First))
        {
            if (furthest is { } before && before.Range.Overlaps(one.Range))
            {
                yield return $"Cluster {before.Cluster} has ordinals {before.Range} and cluster {one.Cluster} has {one.Range}: both would give "
                    + $"{one.Range.First}. Give each ordinal to one range only.";
            }

            furthest = furthest is { } reached && reached.Range.Last >= one.Range.Last ? furthest : one;
        }
    }

    private static IEnumerable<string> DroppedFaults(FederationCluster cluster)
    {
        foreach (var same in cluster.Dropped.GroupBy(static d => d.Region).Where(static same => same.Count() > 1))
        {
            yield return $"Cluster {cluster} has dropped region {UnprintableText.Show(same.Key)} twice. Leave one of the two out.";
        }

        foreach (var region in cluster.Dropped.Select(static d => d.Region).Distinct().Where(cluster.Regions.Contains))
        {
            yield return $"Cluster {cluster} covers region {UnprintableText.Show(region)} and has dropped it: a region that was dropped does not come back in "
                + "its cluster. Leave it out of regions.";
        }

        if (cluster.Dropped.SelectMany(static d => d.Unknown).FirstOrDefault(static u => u.Length > MaxReasonLength) is { } reason)
        {
            yield return $"Cluster {cluster} has a dropped region with {UnprintableText.Show(reason)}: write at most {MaxReasonLength} characters.";
        }
    }

    private static IEnumerable<string> NameFaults(FederationCluster cluster)
    {
        if (cluster.Name.Length > 0 && PeerLocation.FaultOf("name of a cluster", cluster.Name) is { } fault)
        {
            yield return $"Cluster {cluster.Number}: {fault}";
        }

        var regions = cluster.Regions.Concat(cluster.Dropped.Select(static d => d.Region).Where(static r => r.Length > 0));
        foreach (var region in regions.Select(static r => PeerLocation.FaultOf("region", r)).OfType<string>())
        {
            yield return $"Cluster {cluster}: {region}";
        }
    }
}
