using AllData.Federation;
using AllData.Storage.Directories;

namespace AllData.Silo.LocalCluster;

/// <summary>Writes the document that names the clusters of a local store.</summary>
internal static class LocalFederation
{
    /// <summary>The layout without the clusters that the document says were dropped; the layout itself where there is no document that can be read.</summary>
    public static LocalClusterLayout LeaveOutDropped(LocalClusterLayout layout)
    {
        if (layout.Clusters == 1 || !File.Exists(layout.FederationFile))
        {
            return layout;
        }

        try
        {
            return layout.Without([.. FederationFile.Read(layout.FederationFile).Clusters.Where(static c => c.IsDropped).Select(static c => c.Name)]);
        }
        catch (FederationException)
        {
            // Preparing tells it.
            return layout;
        }
    }

    /// <summary>Makes the document, or brings the one that is there up to date under a higher version. What is right already stays as it is.</summary>
    /// <param name="layout">The clusters.</param>
    /// <param name="intervalLength">The length of an interval.</param>
    /// <param name="newStore">Becomes the store's id if there is no document yet.</param>
    /// <exception cref="FederationException">The document that is there cannot be read.</exception>
    public static void Prepare(LocalClusterLayout layout, TimeSpan intervalLength, Guid newStore)
    {
        var present = File.Exists(layout.FederationFile) ? FederationFile.Read(layout.FederationFile) : null;
        var wanted = DocumentOf(layout, intervalLength, present?.Store ?? newStore, present?.Version ?? 1);

        // What was dropped stays so: no silo would take a document that takes it back.
        wanted = present is null ? wanted : wanted with
        {
            Clusters = [.. wanted.Clusters.Concat(present.Clusters.Where(static c => c.IsDropped)).OrderBy(static c => c.Number)],
        };
        if (wanted == present)
        {
            return;
        }

        // Silos take another document only under a higher version.
        DurableFiles.Replace(layout.FederationFile, FederationJson.Write(present is null ? wanted : wanted with { Version = present.Version + 1 }));
    }

    private static FederationDocument DocumentOf(LocalClusterLayout layout, TimeSpan intervalLength, Guid store, int version) => new()
    {
        Store = store,
        Version = version,
        IntervalLength = intervalLength,
        Clusters =
        [
            .. layout.Peers.GroupBy(static peer => peer.Cluster!).Select(static cluster => new FederationCluster
            {
                Number = LocalClusterLayout.NumberOf(cluster.Key),
                Name = cluster.Key,
                Regions = [.. cluster.Select(static peer => peer.Location.Region).Distinct()],
                Peers = [.. cluster.Select(static peer => peer.PeerAddress!)],
                Ordinals = [OrdinalRange.DefaultOf(LocalClusterLayout.NumberOf(cluster.Key))],
            }),
        ],
    };
}
