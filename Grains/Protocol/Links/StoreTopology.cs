using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Protocol.Links;

/// <summary>The topologies of all clusters of a store as one, so that placement, repair and reading need not know that there are several.</summary>
/// <param name="Snapshot">
/// All peers, ordinals and replacements. Its version is the sum of the clusters' versions: none of these ever falls, so it rises with every change of any.
/// </param>
/// <param name="Clashes">What could not be taken over, a sentence each: an operator must rename something.</param>
/// <param name="Homes">The number of each peer's home cluster, whose registry alone decides about the peer; empty where there is one cluster.</param>
internal sealed record StoreTopology(TopologySnapshot Snapshot, ImmutableArray<string> Clashes, FrozenDictionary<PeerId, int> Homes)
{
    /// <summary>The topology of a store that has one cluster, as far as is known.</summary>
    public static StoreTopology Of(TopologySnapshot own) => new(own, [], FrozenDictionary<PeerId, int>.Empty);

    /// <summary>
    /// Combines them. Where two clusters say something of one name, or of one ordinal, the cluster with the lower number has it, and the other's peer is left
    /// out: whichever cluster combines them comes to the same.
    /// </summary>
    /// <param name="own">The own cluster's topology: store and interval length are its.</param>
    /// <param name="clusters">All clusters that are known, the own one included; each number once.</param>
    public static StoreTopology Combine(TopologySnapshot own, IEnumerable<ClusterSnapshot> clusters)
    {
        var ordered = clusters.OrderBy(static c => c.Number).ToList();
        var (taken, clashes) = (new Dictionary<PeerId, ClusterSnapshot>(), ImmutableArray.CreateBuilder<string>());
        var owners = new Dictionary<int, (DirectoryOrdinal Given, int Cluster)>();
        foreach (var cluster in ordered)
        {
            TakeOrdinals(cluster, owners, clashes);
        }

        var peers = ImmutableArray.CreateBuilder<PeerDescriptor>();
        foreach (var cluster in ordered)
        {
            foreach (var peer in cluster.Topology.Peers)
            {
                if (taken.TryGetValue(peer.Id, out var first))
                {
                    clashes.Add(
                        $"Peer '{peer.Id}' is registered in cluster {first.Number} and in cluster {cluster.Number}: the latter's is left out. Rename one of "
                        + "them.");
                }
                else if (!owners.TryGetValue(peer.Ordinal, out var owner) || owner.Cluster == cluster.Number)
                {
                    taken.Add(peer.Id, cluster);
                    peers.Add(peer);
                }
            }
        }

        return new StoreTopology(
            Join(own, ordered, peers, owners), clashes.ToImmutable(), taken.ToFrozenDictionary(static t => t.Key, static t => t.Value.Number));
    }

    private static void TakeOrdinals(
        ClusterSnapshot cluster, Dictionary<int, (DirectoryOrdinal Given, int Cluster)> owners, ImmutableArray<string>.Builder clashes)
    {
        foreach (var given in cluster.Topology.Ordinals)
        {
            if (!owners.TryAdd(given.Ordinal, (given, cluster.Number)) && owners[given.Ordinal] is var first && first.Cluster != cluster.Number)
            {
                clashes.Add(
                    $"Ordinal {given.Ordinal} was given to peer '{first.Given.Peer}' of cluster {first.Cluster} and to peer '{given.Peer}' of cluster "
                    + $"{cluster.Number}: the latter's is left out. Keys and blocks of both may be the same: compare the clusters' federation documents.");
            }
        }
    }

    private static TopologySnapshot Join(
        TopologySnapshot own,
        List<ClusterSnapshot> clusters,
        ImmutableArray<PeerDescriptor>.Builder peers,
        Dictionary<int, (DirectoryOrdinal Given, int Cluster)> owners) => own with
        {
            Version = clusters.Sum(static c => c.Topology.Version),
            Peers = [.. peers.OrderBy(static p => p.Id)],
            Ordinals = [.. owners.OrderBy(static o => o.Key).Select(static o => o.Value.Given)],
            Replacements = [.. clusters.SelectMany(static c => c.Topology.Replacements).OrderBy(static r => r.Version)],
        };
}
