using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Copies;

/// <summary>The copies of one event.</summary>
/// <param name="Digest">Its digest: two events under one key are a conflict.</param>
/// <param name="States">What each peer has to do with them.</param>
/// <param name="CopiesAsked">How many there are meant to be; 0 where no peer has said.</param>
/// <param name="Elsewhere">Members that are no peers known to the silo that asked: of a cluster that it has never heard of, for instance.</param>
internal sealed record EventCopies(EventDigest Digest, ImmutableSortedDictionary<PeerId, CopyState> States, int CopiesAsked, ImmutableArray<int> Elsewhere)
{
    /// <summary>How many peers hold one, those that can only be believed included.</summary>
    public int Copies => States.Values.Count(static s => s is CopyState.Held or CopyState.Extra or CopyState.Believed);

    /// <summary>The peers of one state.</summary>
    public IEnumerable<PeerId> In(CopyState state) => States.Where(s => s.Value == state).Select(static s => s.Key);

    /// <summary>Gathers by event what peers hold under a key.</summary>
    /// <param name="found">What they have said.</param>
    public static IEnumerable<EventCopies> Gather(FoundCopies found)
    {
        var map = new CopyMap(found.Store, found.Answers.Select(static a => a.Peer).ToHashSet());
        return found.Answers
            .SelectMany(static a => a.Held.SelectMany(held => held.Digests.Select((digest, n) => (a.Peer, Digest: digest, Copyset: CopysetOf(held, n)))))
            .GroupBy(static h => h.Digest)
            .OrderBy(static g => g.Key.ToString(), StringComparer.Ordinal)
            .Select(held =>
            {
                CopysetDefinition[] copysets = [.. held.Select(static h => h.Copyset).OfType<CopysetDefinition>().DistinctBy(static c => c.Id)];
                return new EventCopies(
                    held.Key,
                    map.StatesOf(copysets, held.Select(static h => h.Peer).ToHashSet()),
                    copysets.Length == 0 ? 0 : copysets.Max(static c => c.ReplicationFactor),
                    [.. copysets.SelectMany(map.Elsewhere).Distinct().Order()]);
            });
    }

    // A silo of an earlier version names none.
    private static CopysetDefinition? CopysetOf(HeldKey held, int n) => held.Copysets.IsDefault || n >= held.Copysets.Length ? null : held.Copysets[n];
}
