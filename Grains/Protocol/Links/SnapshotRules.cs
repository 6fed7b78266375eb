using AllData.Federation;
using AllData.Peers;

namespace AllData.Protocol.Links;

/// <summary>What a cluster may say of itself: its registry decides about its own peers only, and its part of the store is in the federation document.</summary>
internal static class SnapshotRules
{
    /// <summary>Why a topology cannot be a cluster's: the end of a sentence; null when it can.</summary>
    /// <param name="document">The federation document of this silo.</param>
    /// <param name="cluster">The cluster, as it is there.</param>
    /// <param name="topology">What it says.</param>
    /// <param name="known">What it has said before; null when nothing.</param>
    public static string? WhyRefused(FederationDocument document, FederationCluster cluster, TopologySnapshot topology, TopologySnapshot? known) =>
        WhyOfAnotherStore(document, topology)
        ?? OrdinalsIn(topology).Select(o => WhyNotIts(document, cluster, o)).FirstOrDefault(static why => why is not null)
        ?? topology.Peers.Select(p => WhyElsewhere(cluster, p)).FirstOrDefault(static why => why is not null)
        ?? (known is null ? null : WhyNoSuccessor(topology.Version, known.Version));

    /// <summary>Why a version does not follow the one that is known; null when it does, or is the same.</summary>
    public static string? WhyNoSuccessor(long version, long known) =>
        version < known
            ? $"its topology is version {version}, and version {known} of it is known here: its registry has lost changes, or that silo has not heard of them"
        : known > 0 && version - known > TopologySnapshot.MaxJump
            ? $"its topology is version {version}, and version {known} of it is known here: versions do not jump by more than {TopologySnapshot.MaxJump}"
        : null;

    private static string? WhyOfAnotherStore(FederationDocument document, TopologySnapshot topology) =>
        !document.Accepts(topology.ClusterId)
            ? $"it is of store {topology.ClusterId}, and version {document.Version} of the federation document here is of store {document.Store}"
        : topology.IntervalLength != document.IntervalLength
            ? $"its intervals have {topology.IntervalLength}, and version {document.Version} of the federation document here has {document.IntervalLength}"
        : null;

    private static IEnumerable<int> OrdinalsIn(TopologySnapshot topology) => topology.Ordinals.Select(static o => o.Ordinal)
        .Concat(topology.Peers.Select(static p => p.Ordinal))
        .Concat(topology.Replacements.SelectMany(static r => r.Candidates.Select(static c => c.Ordinal).Prepend(r.Ordinal)));

    private static string? WhyNotIts(FederationDocument document, FederationCluster cluster, int ordinal) => document.ClusterOf(ordinal) switch
    {
        { } giver when giver.Number == cluster.Number => null,
        { } giver => $"it has given ordinal {ordinal}, which version {document.Version} of the federation document here gives to cluster {giver}",
        null => $"it has given ordinal {ordinal}, which version {document.Version} of the federation document here has in no range",
    };

    private static string? WhyElsewhere(FederationCluster cluster, PeerDescriptor peer) =>
        cluster.Regions.Contains(peer.Location.Region) || cluster.FindDropped(peer.Location.Region) is not null
        ? null
        : $"its peer '{peer.Id}' is in region '{peer.Location.Region}', and cluster {cluster} covers {string.Join(", ", cluster.Regions)}";
}
