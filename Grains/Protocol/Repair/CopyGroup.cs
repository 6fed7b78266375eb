using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>Blocks of a copyset and minute that lie on the same peers.</summary>
/// <param name="UnixMinute">The minute.</param>
/// <param name="Owing">The responsible peers, as indexes into the topology; none where only those of other clusters are, and these are not counted.</param>
/// <param name="CopiesAsked">The number of copies that the blocks request.</param>
/// <param name="Holders">Peers that hold a copy, ascending.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Events">Events in them.</param>
internal sealed record CopyGroup(
    UnixMinute UnixMinute, ImmutableArray<int> Owing, int CopiesAsked, ImmutableArray<int> Holders, long Blocks, long Events)
{
    /// <summary>Responsible peers that only take events: their copies are believed, neither seen nor missing.</summary>
    public ImmutableArray<int> Unverifiable { get; init; } = [];

    /// <summary>Whether the blocks are kept as they are meant to be.</summary>
    public Adherence Adherence =>
        Holders.Length + Unverifiable.Length < CopiesAsked ? Adherence.UnderReplicated
        : !Owing.IsEmpty && Owing.All(owing => Holders.Contains(owing) || Unverifiable.Contains(owing)) ? Adherence.Strict
        : Adherence.Relaxed;
}

/// <summary>What a peer holds of a copyset in a minute.</summary>
/// <param name="Peer">The peer, as an index into the topology.</param>
/// <param name="Bucket">The sums.</param>
internal readonly record struct HeldCopies(int Peer, BucketSum Bucket);

/// <summary>Groups blocks by the peers that hold them: from bucket sums if these suffice, otherwise from lists of blocks.</summary>
internal static class CopyGrouping
{
    /// <summary>
    /// The group of a bucket that all responsible peers that can be asked hold alike and no other peer holds; null where the sums do not show which peer
    /// holds which block. Equal counts and digest sums mean the same blocks (XXH128: they are never equal by accident).
    /// </summary>
    public static CopyGroup? OfAgreed(
        ImmutableArray<int> owing, int copiesAsked, IReadOnlyCollection<HeldCopies> held, ImmutableArray<int> unverifiable = default)
    {
        var first = held.First().Bucket;
        unverifiable = unverifiable.IsDefault ? [] : unverifiable;
        return held.Count == owing.Length - unverifiable.Length && held.All(h => owing.Contains(h.Peer) && h.Bucket == first)
            ? new CopyGroup(first.UnixMinute, owing, copiesAsked, [.. held.Select(static h => h.Peer).Order()], first.Blocks, first.Events)
            {
                Unverifiable = unverifiable,
            }
            : null;
    }

    /// <summary>The groups of the listed blocks of one copyset and minute.</summary>
    /// <param name="minute">The minute.</param>
    /// <param name="owing">The peers responsible for a copy.</param>
    /// <param name="copiesAsked">The number of copies that the blocks request.</param>
    /// <param name="listed">Which blocks each peer lists.</param>
    /// <param name="unverifiable">The responsible peers that only take events.</param>
    public static IEnumerable<CopyGroup> OfListed(
        UnixMinute minute, ImmutableArray<int> owing, int copiesAsked, IEnumerable<(int Peer, ListedBlock Block)> listed,
        ImmutableArray<int> unverifiable = default) => listed
            .GroupBy(static l => l.Block.Id)
            .Select(static copies => (Holders: copies.Select(static c => c.Peer).Distinct().Order().ToImmutableArray(), copies.First().Block.Events))
            .GroupBy(static block => string.Join(',', block.Holders))
            .Select(alike => new CopyGroup(
                minute, owing, copiesAsked, alike.First().Holders, alike.Count(), alike.Sum(static block => (long)block.Events))
            {
                Unverifiable = unverifiable.IsDefault ? [] : unverifiable,
            });
}
