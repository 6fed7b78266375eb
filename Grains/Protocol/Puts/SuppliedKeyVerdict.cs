using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Placement;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>What the peers that were asked say of a given key.</summary>
/// <param name="Conflict">Not null when a peer holds other bytes under the key, or takes them: the first event stands.</param>
/// <param name="Holders">Peers that hold the same bytes durably; they count toward the commit level.</param>
internal sealed record SuppliedKeyVerdict(KeyConflict? Conflict, ImmutableArray<ReplicaTarget> Holders)
{
    /// <summary>Judges one key. The order of the answers does not matter.</summary>
    /// <param name="offered">The key and the digest of the event to be put under it.</param>
    /// <param name="answers">The peers that answered, each with what it holds under this key.</param>
    public static SuppliedKeyVerdict Of(KeyDigest offered, IEnumerable<(ReplicaTarget Peer, HeldKey Held)> answers)
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
                else
                {
                    other = Lesser(other, digest);
                }
            }

            other = held.Claimed is { } claimed ? Lesser(other, claimed) : other;
        }

        // A key already in conflict stays in conflict, even for bytes that are held: none is preferred.
        var conflict = other is { } stands ? new KeyConflict(offered.Key, stands, offered.Digest) : null;
        return new SuppliedKeyVerdict(conflict, holders.DrainToImmutable());
    }

    /// <summary>
    /// Whether a look-up proves that no other event was acknowledged at QUORUM or ALL under its keys: at least one of those copies would lie with a
    /// peer that has answered. An event that was acknowledged at ONE may lie with a single peer that is silent.
    /// </summary>
    /// <param name="silent">Registered storing peers that have not answered, for any reason.</param>
    /// <param name="replicationFactor">The requested number of replicas.</param>
    public static bool IsConclusive(int silent, int replicationFactor) => silent <= replicationFactor / 2;

    /// <summary>Whether the peers that hold it already are enough.</summary>
    /// <param name="requirement">What is needed.</param>
    /// <param name="copyset">The copyset that the look-up was planned with: its topology is the one that the holders' indexes refer to.</param>
    public bool IsCommitted(CommitRequirement requirement, PlacedCopyset copyset) =>
        copyset.Meets(requirement, [.. Holders.Select(static h => h.PeerIndex).Distinct()]);

    private static EventDigest Lesser(EventDigest? one, EventDigest other) => one is { } known && known.Value < other.Value ? known : other;
}
