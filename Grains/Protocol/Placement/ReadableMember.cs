using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>
/// Keeps a copyset from consisting of put-only peers alone, as a coordinator could draw it that does not store itself: nothing of its blocks could be read.
/// </summary>
internal static class ReadableMember
{
    /// <summary>Lets an active storing peer, if there is one, take the last place of a copyset of put-only peers.</summary>
    /// <param name="topology">The topology.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="members">The copyset.</param>
    public static void Ensure(Topology topology, Random random, Span<ReplicaTarget> members)
    {
        if (!topology.UsesPutOnlyPeers || members.ContainsAnyReadable(topology))
        {
            return;
        }

        // Only where copysets are drawn, and hardly ever: it may look at every peer.
        int[] storing = [.. Enumerable.Range(0, topology.Count).Where(i => Topology.IsActive(topology[i]))];
        if (storing.Length > 0)
        {
            var index = storing[random.Next(storing.Length)];
            members[^1] = new ReplicaTarget(index, topology[index].Id, topology[index].Location, PlacementTier.Any);
        }
    }

    private static bool ContainsAnyReadable(this Span<ReplicaTarget> members, Topology topology)
    {
        foreach (var member in members)
        {
            if (!topology[member.PeerIndex].IsPutOnly)
            {
                return true;
            }
        }

        return false;
    }
}
