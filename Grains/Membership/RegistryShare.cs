using AllData.Configuration;
using AllData.Peers;

namespace AllData.Membership;

/// <summary>
/// The share that one cluster of a store has in the registry of the cluster that the store was before: its own peers, and the ordinals that the federation
/// document gives it. What the other clusters' registries have, it learns from them. Pure.
/// </summary>
internal static class RegistryShare
{
    /// <summary>Takes a cluster's share.</summary>
    /// <param name="whole">The registry of the one cluster; not changed.</param>
    /// <param name="cluster">The cluster.</param>
    /// <exception cref="RegistryRebuildException">The document does not fit: something would be in no share, or in the wrong one.</exception>
    public static RegistryState Of(RegistryState whole, FederatedCluster cluster)
    {
        RefuseForeign(whole, cluster);
        RefuseUnassigned(whole, cluster);
        return new RegistryState
        {
            Version = whole.Version,
            ClusterId = whole.ClusterId,
            IntervalSeconds = whole.IntervalSeconds,
            Peers = whole.Peers.FindAll(p => IsOwn(p, cluster)),
            Tombstones = whole.Tombstones.FindAll(p => IsOwn(p, cluster)),
            Ordinals = whole.Ordinals.FindAll(o => !cluster.IsOthers(o.Ordinal)),
            Replacements = whole.Replacements.FindAll(r => !cluster.IsOthers(r.Ordinal)),
            HighestOrdinal = whole.HighestOrdinal,
            FederationVersion = cluster.Document.Version,
        };
    }

    private static bool IsOwn(RegistryPeer peer, FederatedCluster cluster) => cluster.Own.Regions.Contains(peer.Region);

    private static void RefuseForeign(RegistryState whole, FederatedCluster cluster)
    {
        if (cluster.WhyForeign(whole.ClusterId) is { } foreign)
        {
            throw new RegistryRebuildException($"The directories belong to cluster {whole.ClusterId}. {foreign}");
        }

        if (cluster.Document.IntervalLength.TotalSeconds != whole.IntervalSeconds)
        {
            throw new RegistryRebuildException(
                $"The federation document has intervals of {cluster.Document.IntervalLength}, the registry of {TimeSpan.FromSeconds(whole.IntervalSeconds)}. "
                + "There is one length for the whole store: change the document.");
        }
    }

    // In every cluster's share: one that is in none, or in two, would be seen too late.
    private static void RefuseUnassigned(RegistryState whole, FederatedCluster cluster)
    {
        foreach (var peer in whole.Peers.Concat(whole.Tombstones))
        {
            var home = cluster.Document.Clusters.FirstOrDefault(c => c.Regions.Contains(peer.Region))
                ?? throw new RegistryRebuildException(
                    $"Peer '{peer.Id}' is in region '{peer.Region}', and the federation document gives that to no cluster. Add it to one.");
            var given = whole.Ordinals.Where(o => o.Peer == peer.Id).Select(static o => o.Ordinal).Append(peer.Ordinal).Distinct().ToList();
            if (given.FindAll(ordinal => cluster.Document.ClusterOf(ordinal)?.Number != home.Number) is { Count: > 0 } wrong)
            {
                throw new RegistryRebuildException(
                    $"Peer '{peer.Id}' has or had ordinal {string.Join(", ", wrong)}, and the federation document does not give that to cluster {home}, which "
                    + $"covers region '{peer.Region}'. Give each cluster all the ordinals of its peers.");
            }
        }
    }
}
