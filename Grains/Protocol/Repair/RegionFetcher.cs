using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>
/// Which peer of a region fetches a copyset's blocks from other regions. Of several peers there that are responsible for copies one does, and the others
/// fetch from it: so one copy crosses the link. Every peer comes to the same answer without asking.
/// </summary>
internal static class RegionFetcher
{
    /// <summary>The peer of the own region that fetches: the first of those available by rendezvous hashing, this peer included.</summary>
    /// <param name="topology">The topology that the indexes belong to.</param>
    /// <param name="copyset">The copyset's id.</param>
    /// <param name="responsible">The peers responsible for its copies, this one among them.</param>
    /// <param name="self">This peer.</param>
    /// <param name="isAvailable">Whether another peer can be expected to fetch now.</param>
    public static int Find(Topology topology, CopysetId copyset, ImmutableArray<int> responsible, int self, Predicate<PeerId> isAvailable)
    {
        var region = topology[self].Location.Region;
        var (fetcher, heaviest) = (self, WeightOf(self));
        foreach (var peer in responsible)
        {
            if (peer != self && topology[peer].Location.Region == region && IsHeavier(peer) && isAvailable(topology[peer].Id))
            {
                (fetcher, heaviest) = (peer, WeightOf(peer));
            }
        }

        return fetcher;

        ulong WeightOf(int peer) => Rendezvous.WeightOf(copyset.Value, topology[peer].Ordinal);

        // Ordinals differ: so two peers of equal weight do not both wait.
        bool IsHeavier(int peer) => (WeightOf(peer), topology[peer].Ordinal).CompareTo((heaviest, topology[fetcher].Ordinal)) > 0;
    }
}
