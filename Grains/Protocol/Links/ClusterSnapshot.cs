using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Protocol.Links;

/// <summary>What a cluster tells the other clusters of its store: its registry's topology, and which of its peers a silo hosts now.</summary>
/// <param name="Number">The cluster's number in the federation document, 0 to 15.</param>
/// <param name="Topology">Its registry's topology. Newer ones have a higher version.</param>
/// <param name="Hosted">Its peers that an active silo hosts, as far as the silo that answers knows.</param>
internal sealed record ClusterSnapshot(int Number, TopologySnapshot Topology, ImmutableArray<PeerId> Hosted);
