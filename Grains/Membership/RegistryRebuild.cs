using AllData.Configuration;
using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;

namespace AllData.Membership;

/// <summary>
/// Builds a registry's state from what data directories know, without I/O: the newest topology that any of them received, and additions from the
/// others. It refuses contradictions: two directories under one ordinal would issue the same keys.
/// </summary>
internal static class RegistryRebuild
{
    /// <summary>
    /// How many versions the state is ahead of the newest topology found: a silo whose directory was not given may have received a few more changes,
    /// and would not accept a version that it already has.
    /// </summary>
    public const long VersionsAhead = 1000;

    /// <summary>How far blocks may name ordinals beyond the highest known one before they count as nonsense.</summary>
    public const int OrdinalsAhead = 1000;

    /// <summary>Makes the state.</summary>
    /// <param name="present">What the registry's database has; empty after a loss, or older than what the directories know.</param>
    /// <param name="directories">What the directories know.</param>
    /// <param name="cluster">The cluster whose share is made, where the store is divided among several; null: all of it.</param>
    /// <exception cref="RegistryRebuildException">They contradict each other, or there is nothing to rebuild; the message names the files.</exception>
    public static RegistryState From(RegistryState present, IReadOnlyList<DirectoryEvidence> directories, FederatedCluster? cluster = null)
    {
        var whole = Rebuild(present, directories, cluster is null ? OrdinalSource.Alone : new OrdinalSource { Federation = cluster });
        return cluster is null ? whole : RegistryShare.Of(whole, cluster);
    }

    private static RegistryState Rebuild(RegistryState present, IReadOnlyList<DirectoryEvidence> directories, OrdinalSource source)
    {
        var cluster = ClusterOf(directories);
        RefusePresent(present, cluster);
        RefuseSameDirectories(directories);
        var told = directories.Where(d => d.Topology?.ClusterId == cluster).Select(d => (Source: d.Path, Topology: d.Topology!)).ToList();
        if (present.Version > 0)
        {
            told.Add(("the registry's database", RegistryLedger.Snapshot(present)));
        }

        var newest = told.Select(t => t.Topology).MaxBy(t => t.Version);
        if (newest is not null && present.Version >= newest.Version)
        {
            throw new RegistryRebuildException(
                $"The registry has a state already, of version {present.Version}, and no directory knows a newer one: nothing was changed. Start the silos.");
        }

        var ordinals = OrdinalMerge.Of(told, directories);
        return Fill(present, cluster, newest, ordinals, HighestOf(present, ordinals, directories, source));
    }

    /// <summary>The highest ordinal that this cluster has given, as far as anything knows: directories and blocks know those of other clusters, too.</summary>
    private static int HighestOf(
        RegistryState present, List<RegistryOrdinal> ordinals, IReadOnlyList<DirectoryEvidence> directories, OrdinalSource source)
    {
        var highest = ordinals.Select(o => o.Ordinal).Append(present.HighestOrdinal).Where(o => !source.IsOthers(o)).DefaultIfEmpty().Max();
        var most = source.Above(highest, OrdinalsAhead);
        return directories.Select(d => source.Highest(d.Ordinals)).Where(o => o <= most).Append(highest).Max();
    }

    private static RegistryState Fill(RegistryState present, Guid cluster, TopologySnapshot? newest, List<RegistryOrdinal> ordinals, int highest) =>
        new()
        {
            Version = (newest?.Version ?? 0) + VersionsAhead,
            ClusterId = cluster,
            IntervalSeconds = newest?.IntervalLength.TotalSeconds ?? 0,
            Peers = newest is null ? [] : [.. newest.Peers.Select(p => PeerOf(p, newest))],
            Tombstones = newest is null ? [] : TombstonesOf(newest, present),
            Ordinals = ordinals,
            Replacements = newest is null ? [] : [.. newest.Replacements.Select(EntryOf)],
            HighestOrdinal = highest,
            FederationVersion = present.FederationVersion,
        };

    private static Guid ClusterOf(IReadOnlyList<DirectoryEvidence> directories)
    {
        var clusters = directories.Where(d => d.Identity.Cluster is not null).GroupBy(d => d.Identity.Cluster!.Value).ToList();
        return clusters.Count switch
        {
            1 => clusters[0].Key,
            0 => throw new RegistryRebuildException(
                $"None of the directories has ever belonged to a cluster ({string.Join(", ", directories.Select(d => d.Path))}): there is nothing to rebuild. "
                + "Start the silo."),
            _ => throw new RegistryRebuildException(
                "The directories belong to different clusters: " + string.Join(", ", clusters.SelectMany(g => g.Select(d => $"{d.Path} to {g.Key}")))
                + ". Give those of one cluster only."),
        };
    }

    private static void RefusePresent(RegistryState present, Guid cluster)
    {
        if (present.ClusterId != Guid.Empty && present.ClusterId != cluster)
        {
            throw new RegistryRebuildException(
                $"The cluster database has the registry of cluster {present.ClusterId}, the directories belong to {cluster}. Name their own database: "
                + "--AllData:Cluster:DatabaseFile=FILE or --AllData:Cluster:ConnectionString=…");
        }
    }

    private static void RefuseSameDirectories(IReadOnlyList<DirectoryEvidence> directories)
    {
        if (directories.GroupBy(d => d.Identity.Directory).FirstOrDefault(g => g.Count() > 1) is { } copies)
        {
            throw new RegistryRebuildException(
                $"{string.Join(" and ", copies.Select(d => d.Path))} are copies of one data directory ({copies.Key}). Give the one that is in use, and never "
                + "start a silo on the other.");
        }
    }

    /// <summary>A peer as the registry keeps it, as far as a topology says.</summary>
    internal static RegistryPeer PeerOf(PeerDescriptor peer, TopologySnapshot topology) => new()
    {
        Id = peer.Id.Value,
        Region = peer.Location.Region,
        Zone = peer.Location.Zone,

        // Read-only hides in a topology that a peer is draining, too.
        Draining = peer.Status == PeerStatus.Draining
            || topology.Replacements.Any(r => r.Peer == peer.Id && r.Ordinal >= peer.Ordinal && r.Reason == ReplacementReason.Drained),
        ReadOnly = peer.Status == PeerStatus.ReadOnly,
        Stores = peer.Stores,
        Ordinal = peer.Ordinal,
        Endpoint = peer.Endpoint,
        Client = peer.Client ?? "",
        Address = peer.Address ?? "",
        DocumentVersion = peer.DocumentVersion,
    };

    /// <summary>A dropped peer is not in a topology, but its entry in the replacement log is.</summary>
    private static List<RegistryPeer> TombstonesOf(TopologySnapshot newest, RegistryState present)
    {
        var registered = newest.Peers.Select(p => p.Id.Value).ToHashSet();
        var dropped = newest.Replacements.Where(r => r.Reason == ReplacementReason.Dropped).Select(r => new RegistryPeer
        {
            Id = r.Peer.Value,
            Region = r.Location.Region,
            Zone = r.Location.Zone,
            Ordinal = r.Ordinal,
        });
        return [.. dropped.Concat(present.Tombstones).Where(p => !registered.Contains(p.Id)).DistinctBy(p => p.Id)];
    }

    private static RegistryReplacement EntryOf(PeerReplacement entry) => new()
    {
        Version = entry.Version,
        Peer = entry.Peer.Value,
        Ordinal = entry.Ordinal,
        Reason = entry.Reason,
        Region = entry.Location.Region,
        Zone = entry.Location.Zone,
        Candidates = [.. entry.Candidates.Select(c => new RegistryCandidate { Ordinal = c.Ordinal, Region = c.Location.Region, Zone = c.Location.Zone })],
    };
}
