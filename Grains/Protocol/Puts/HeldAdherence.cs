using System.Collections.Immutable;
using AllData.Events;
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
    public static Adherence Of(Topology topology, EventDigest digest, IEnumerable<(ReplicaTarget Peer, HeldKey Held)> answers)
    {
        var resolver = new CopysetResolver(topology);
        var (holders, asked, isElsewhere) = (0, 0, false);
        foreach (var (peer, held) in answers)
        {
            if (held.Digests.IndexOf(digest) is not (>= 0 and var index))
            {
                continue;
            }

            holders++;
            if (index < held.Copysets.Length)
            {
                asked = Math.Max(asked, LacksMembers(held.Copysets[index]) ? held.Copysets[index].ReplicationFactor : 0);
                isElsewhere |= !resolver.MembersOf(held.Copysets[index]).Contains(peer.PeerIndex);
            }
        }

        return holders < asked ? Adherence.UnderReplicated : isElsewhere ? Adherence.Relaxed : Adherence.Strict;
    }

    private static bool LacksMembers(CopysetDefinition copyset) => copyset.Ordinals.Length < copyset.ReplicationFactor;
}
