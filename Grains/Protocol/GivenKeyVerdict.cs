using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol;

/// <summary>What the peers that were asked say of a given key.</summary>
/// <param name="Conflict">Not null when a peer holds other bytes under the key: the first event stands.</param>
/// <param name="Holders">Peers that hold the same bytes durably; they count toward the commit level.</param>
public sealed record GivenKeyVerdict(KeyConflict? Conflict, ImmutableArray<ReplicaTarget> Holders)
{
    /// <summary>Judges one key. The order of the answers does not matter.</summary>
    /// <param name="offered">The key and the digest of the event that shall stand under it.</param>
    /// <param name="answers">Who answered, and what it holds under this key.</param>
    public static GivenKeyVerdict Of(KeyDigest offered, IEnumerable<(ReplicaTarget Peer, HeldKey Held)> answers)
    {
        var holders = ImmutableArray.CreateBuilder<ReplicaTarget>();
        EventDigest? other = null;
        foreach (var (peer, held) in answers)
        {
            foreach (var digest in held.Digests)
            {
                if (digest == offered.Digest)
                {
                    holders.Add(peer);
                }
                else if (other is null || digest.Value < other.Value.Value)
                {
                    other = digest;
                }
            }
        }

        // A key that is in conflict already stays one for the bytes that are held too: neither is preferred.
        var conflict = other is { } stands ? new KeyConflict(offered.Key, stands, offered.Digest) : null;
        return new GivenKeyVerdict(conflict, holders.DrainToImmutable());
    }

    /// <summary>Whether the peers that hold it already are enough.</summary>
    public bool IsCommitted(CommitRequirement requirement) => requirement.IsMetBy(
        Holders.Length,
        Holders.Select(h => h.Location).Distinct().Count(),
        Holders.Select(h => h.Location.Region).Distinct().Count());
}
