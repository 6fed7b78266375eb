using System.Collections.Immutable;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using IOPath = System.IO.Path;

namespace AllData.Storage.Directories;

// What the directory remembers of the whole store: the document that names its clusters, and the ordinals that were given.
internal sealed partial class DataDirectory
{
    /// <summary>The file with the federation document that was accepted last.</summary>
    public const string FederationName = "federation.json";

    /// <summary>The file with the ordinals that were seen given.</summary>
    public const string OrdinalsName = "ordinals.json";

    private volatile SeenOrdinals _seen = SeenOrdinals.None;
    private ImmutableArray<Guid> _stores = [];

    /// <inheritdoc/>
    public SeenOrdinals SeenOrdinals => _seen;

    /// <inheritdoc/>
    public void SeeOrdinals(SeenOrdinals seen)
    {
        lock (_gate)
        {
            var all = _seen.Merge(seen);
            if (!all.Equals(_seen))
            {
                SeenOrdinalsFile.Write(IOPath.Combine(Path, OrdinalsName), all);
                _seen = all;
            }
        }
    }

    /// <inheritdoc/>
    public TopologySnapshot? LoadTopologyOf(int cluster) => LoadTopology(TopologyNameOf(cluster));

    /// <summary>Keeps what another cluster says of itself for the next start; the file is replaced atomically.</summary>
    public void SaveTopologyOf(int cluster, TopologySnapshot topology) => SaveTopology(TopologyNameOf(cluster), topology);

    /// <inheritdoc/>
    public ClusterDrop? LoadDropBy(int cluster)
    {
        var path = DropPathOf(cluster);
        try
        {
            return ClusterDropFile.Read(path);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            LogDropIgnored(path, e.Message);
            return null;
        }
    }

    /// <inheritdoc/>
    public void SaveDropBy(int cluster, ClusterDrop drop)
    {
        lock (_gate)
        {
            ClusterDropFile.Write(DropPathOf(cluster), drop);
        }
    }

    /// <summary>
    /// Takes the federation document that the silo is configured with, and keeps it, so that no older one and none of another store follows it.
    /// </summary>
    /// <param name="document">The document; null where none is configured.</param>
    /// <exception cref="DataDirectoryException">
    /// It cannot follow the one that is kept, the directory belongs to another store, or one is kept and none is configured.
    /// </exception>
    public void AcceptFederation(FederationDocument? document)
    {
        var path = IOPath.Combine(Path, FederationName);
        var kept = LoadFederation(path);
        if (document is null)
        {
            RefuseToLeave(path, kept);
            return;
        }

        if (kept is not null && FederationSuccession.FaultsOf(kept, document) is { Count: > 0 } faults)
        {
            throw new DataDirectoryException(
                $"The federation document cannot follow the one in {path}, which this peer has used: {string.Join(" ", faults)}");
        }

        if (ClusterId != Guid.Empty && !document.Accepts(ClusterId))
        {
            throw new DataDirectoryException(
                $"The data directory {Path} belongs to cluster {ClusterId}, and version {document.Version} of the federation document is of store "
                + $"{document.Store}, without {ClusterId} among its aliases. Name it there if that cluster joins the store; otherwise give the silo the "
                + "document of its own store, or another data directory.");
        }

        _stores = [document.Store, .. document.Aliases];
        if (kept?.Equals(document) != true)
        {
            DurableFiles.Replace(path, FederationJson.Write(document));
        }
    }

    private string DropPathOf(int cluster) => IOPath.Combine(Path, $"dropped-by-{cluster}.json");

    private static string TopologyNameOf(int cluster) => $"topology-{cluster}.json";

    private static void RefuseToLeave(string path, FederationDocument? kept)
    {
        if (kept is not null)
        {
            throw new DataDirectoryException(
                $"This peer is in store {kept.Store} by version {kept.Version} of the federation document, which is in {path}, and no document is configured: "
                + "its cluster could give ordinals that are another cluster's. Set AllData:Federation:File and AllData:Federation:Cluster.");
        }
    }

    private bool IsOfThisStore(Guid cluster) => cluster == ClusterId || (_stores.Contains(cluster) && _stores.Contains(ClusterId));

    private FederationDocument? LoadFederation(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return FederationFile.Read(path);
        }
        catch (FederationException e)
        {
            LogFederationIgnored(path, e.Faults[0]);
            return null;
        }
    }

    private SeenOrdinals LoadSeenOrdinals()
    {
        var path = IOPath.Combine(Path, OrdinalsName);
        try
        {
            return SeenOrdinalsFile.Read(path);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            LogOrdinalsIgnored(path, e.Message);
            return SeenOrdinals.None;
        }
    }
}
