using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What the registered storing peers said about given keys, and which of them said nothing.</summary>
/// <param name="answered">What each peer that answered holds under each key.</param>
/// <param name="silent">The peers that did not answer, for any reason.</param>
/// <param name="replicationFactor">The requested number of replicas.</param>
internal sealed class HolderAnswers(
    List<(ReplicaTarget Peer, Dictionary<EventKey, HeldKey> Held)> answered, List<PeerId> silent, int replicationFactor)
{
    /// <summary>Whether an event that was acknowledged at QUORUM under one of the keys would have been seen.</summary>
    public bool IsConclusive => SuppliedKeyVerdict.IsConclusive(silent.Count, replicationFactor);

    /// <summary>What is held under a key.</summary>
    public IEnumerable<(ReplicaTarget Peer, HeldKey Held)> Under(EventKey key) =>
        answered.Where(a => a.Held.ContainsKey(key)).Select(a => (a.Peer, a.Held[key]));

    /// <summary>Why nothing is written: a silent peer may hold another event that was acknowledged under the key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="holders">The peers that already hold the same event.</param>
    public PutOutcomeUnknownException Inconclusive(EventKey key, ImmutableArray<ReplicaTarget> holders) => new(
        $"It is not known whether an event is already stored under key {key}: {string.Join(", ", silent.Order())} did not answer, and at most "
        + $"{replicationFactor / 2} of the registered peers may be silent. This put wrote nothing{CopiesOn(holders)}. Retry with the same key; "
        + "drop a peer that will not come back.",
        [.. holders.Select(static h => h.ToReplica())],
        [.. silent.Order()],
        key)
    {
        Written = holders.IsEmpty ? WrittenState.Nothing : WrittenState.SomeCopies,
    };

    private static string CopiesOn(ImmutableArray<ReplicaTarget> holders) =>
        holders.IsEmpty ? "" : $"; an earlier one left copies of the same event on {string.Join(", ", holders.Select(static h => h.Peer).Order())}";
}
