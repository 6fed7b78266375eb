using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>Says of an event that is stored already whether its copies lie where they are meant to, by the copysets of the blocks that hold it.</summary>
internal static class HeldAdherence
{
    /// <summary>Judges the copies of one event.</summary>
    /// <param name="topology">The topology that the peers' indexes belong to. A replaced peer is not responsible for a copy; its successor
    /// is.</param>
    /// <param name="digest">The event's digest.</param>
    /// <param name="answers">The peers that answered, each with what it holds under the event's key.</param>
    /// <param name="requirement">What the put had to meet.</param>
    /// <param name="cutOff">The regions that are cut off; null where the store has one cluster, of whose regions nothing is said.</param>
    public static (Adherence Adherence, RegionCoverage? Regions) Of(
        Topology topology, EventDigest digest, IEnumerable<(ReplicaTarget Peer, HeldKey Held)> answers, CommitRequirement requirement, CutOffRegions? cutOff)
    {
        var resolver = new CopysetResolver(topology);
        var (holders, meant, asked, isElsewhere) = (new List<int>(), new HashSet<int>(), 0, false);
        foreach (var (peer, held) in answers)
        {
            if (held.Digests.IndexOf(digest) is not (>= 0 and var index))
            {
                continue;
            }

            holders.Add(peer.PeerIndex);
            if (index < held.Copysets.Length)
            {
                var members = resolver.MembersOf(held.Copysets[index]);
                asked = Math.Max(asked, LacksMembers(held.Copysets[index]) ? held.Copysets[index].ReplicationFactor : 0);
                isElsewhere |= !members.Contains(peer.PeerIndex);
                meant.UnionWith(members);
            }
        }

        var regions = cutOff is null ? null : HeldRegions.Of(topology, [.. meant], [.. holders], requirement, cutOff);
        isElsewhere |= regions is { Owed.Length: > 0 };
        return (holders.Count < asked ? Adherence.UnderReplicated : isElsewhere ? Adherence.Relaxed : Adherence.Strict, regions);
    }

    private static bool LacksMembers(CopysetDefinition copyset) => copyset.Ordinals.Length < copyset.ReplicationFactor;
}
