using System.Collections.Frozen;
using AllData.Peers;

namespace AllData.Silo.Http.Console;

/// <summary>The peers of a store as one silo knows them.</summary>
/// <param name="Silo">The silo's own peer.</param>
/// <param name="Store">All peers, those of other clusters included.</param>
/// <param name="Own">The peers of the silo's own cluster, as its registry has said last.</param>
/// <param name="Hosted">The peers that an active silo hosts, as far as the silo knows.</param>
/// <param name="Homes">The names of the clusters of peers of others; a peer of the own cluster is not in it.</param>
/// <param name="CutOff">The regions that puts do not go to now, because the link to their cluster is cut.</param>
/// <param name="Cluster">The name of the own cluster; null where the store has one only.</param>
internal sealed record ConsoleTopology(
    PeerId Silo, TopologySnapshot Store, TopologySnapshot Own, FrozenSet<PeerId> Hosted, FrozenDictionary<PeerId, string> Homes,
    FrozenSet<string> CutOff, string? Cluster)
{
    /// <summary>The peers of the own cluster that a silo hosts and that can be asked.</summary>
    public IEnumerable<PeerDescriptor> Askable => Own.Peers.Where(p => !p.IsPutOnly && Hosted.Contains(p.Id));
}
