using System.Collections.Immutable;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Protocol.Links;

/// <summary>What a cluster tells another one of its store.</summary>
/// <param name="Cluster">The number of the answering cluster in the federation document, 0 to 15.</param>
/// <param name="DocumentVersion">The version of the document that it uses.</param>
/// <param name="TopologyVersion">The version of its registry's topology that the answering silo knows; 0 before the first.</param>
/// <param name="Topology">That topology; null where the asking silo knows it, or a newer one.</param>
/// <param name="Hosted">Its peers that an active silo hosts, as far as the answering silo knows; ascending.</param>
/// <param name="Seen">The ordinals of the whole store that the answering silo has ever seen given.</param>
internal sealed record ClusterReport(
    int Cluster, int DocumentVersion, long TopologyVersion, TopologySnapshot? Topology, ImmutableArray<PeerId> Hosted, SeenOrdinals Seen)
{
    /// <summary>Tells the document from others of its version; empty where the asking silo is of an earlier version, or the answering one.</summary>
    public string DocumentDigest { get; init; } = "";

    /// <summary>The regions of the whole store that were dropped, as far as the answering silo knows; empty where the digest is.</summary>
    public ImmutableArray<RegionWord> Drops { get; init; } = [];
}
