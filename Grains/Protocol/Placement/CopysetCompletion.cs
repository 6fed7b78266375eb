using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>
/// Completes a copyset for which there are too few active peers with registered ones that take no replicas now: away first, then read-only, then
/// draining. So one full disk, drain or lost machine does not make a put impossible: a spare keeps the copy meanwhile, or repair makes it later.
/// </summary>
internal static class CopysetCompletion
{
    /// <summary>
    /// Fills the members that were not drawn, in new regions and zones first, then by chance. Looks at each inactive peer once for each member;
    /// it happens when copysets are drawn, in clusters that have hardly more peers than replicas.
    /// </summary>
    /// <param name="topology">The topology.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="members">The copyset; the first <paramref name="drawn"/> are there already.</param>
    /// <param name="drawn">Members that are there already.</param>
    public static void Fill(Topology topology, Random random, Span<ReplicaTarget> members, int drawn)
    {
        for (var i = drawn; i < members.Length; i++)
        {
            var index = PickBest(topology, random, members[..i]);
            var peer = topology[index];
            members[i] = new ReplicaTarget(index, peer.Id, peer.Location, PlacementTier.Any);
        }
    }

    private static int PickBest(Topology topology, Random random, ReadOnlySpan<ReplicaTarget> members)
    {
        var best = -1;
        (int, bool, bool) highest = default;
        var equals = 0;
        foreach (var index in topology.InactivePeers)
        {
            if (RankOf(topology[index], index, members) is not { } rank)
            {
                continue;
            }

            // The k-th of equal candidates takes over with probability 1/k: in the end each is chosen equally often.
            var comparison = best < 0 ? 1 : rank.CompareTo(highest);
            equals = comparison > 0 ? 1 : comparison == 0 ? equals + 1 : equals;
            if (comparison > 0 || (comparison == 0 && random.Next(equals) == 0))
            {
                (best, highest) = (index, rank);
            }
        }

        return best;
    }

    /// <summary>How well a peer serves; null when it is a member already.</summary>
    private static (int Status, bool IsNewRegion, bool IsNewZone)? RankOf(PeerDescriptor peer, int index, ReadOnlySpan<ReplicaTarget> members)
    {
        var places = new PeerLocation[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            if (members[i].PeerIndex == index)
            {
                return null;
            }

            places[i] = members[i].Location;
        }

        var (isNewRegion, isNewZone) = PlacementRules.RankAddition(places, peer.Location);
        return (StatusRank(peer.Status), isNewRegion, isNewZone);
    }

    // A peer that is away comes back with room and takes its copy; a draining one is about to leave.
    private static int StatusRank(PeerStatus status) => status switch
    {
        PeerStatus.Away => 2,
        PeerStatus.ReadOnly => 1,
        _ => 0,
    };
}
