using System.Collections.Immutable;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Copies;

/// <summary>
/// Says what each peer has to do with the copies of a copyset, from the registry's topology: copysets name peers by the ordinals of their data
/// directories.
/// </summary>
/// <param name="topology">The topology.</param>
/// <param name="answering">The peers that have answered.</param>
internal sealed class CopyMap(TopologySnapshot topology, IReadOnlySet<PeerId> answering)
{
    private readonly Dictionary<int, PeerId> _peers = topology.Ordinals.ToDictionary(static o => o.Ordinal, static o => o.Peer);

    /// <summary>The members that the topology does not have: where it is that of one cluster, those of other clusters.</summary>
    public IEnumerable<int> Elsewhere(CopysetDefinition copyset) => copyset.Ordinals.Where(ordinal => !_peers.ContainsKey(ordinal));

    /// <summary>What each peer has to do with the copies; those that have nothing to do with them are left out.</summary>
    /// <param name="copysets">The copysets; several where the same event lies in several blocks.</param>
    /// <param name="holders">The peers that hold a copy.</param>
    public ImmutableSortedDictionary<PeerId, CopyState> StatesOf(IEnumerable<CopysetDefinition> copysets, IReadOnlySet<PeerId> holders)
    {
        var members = copysets.SelectMany(static c => c.Ordinals).Distinct().Where(_peers.ContainsKey).ToLookup(ordinal => _peers[ordinal]);
        return members.Select(static m => m.Key).Union(holders)
            .ToImmutableSortedDictionary(static peer => peer, peer => StateOf(peer, [.. members[peer]], holders.Contains(peer)));
    }

    private CopyState StateOf(PeerId peer, ImmutableArray<int> ordinals, bool isHolder) =>
        isHolder ? (ordinals.IsEmpty ? CopyState.Extra : CopyState.Held)
        : ordinals.All(ordinal => IsReplaced(peer, ordinal)) ? CopyState.Replaced
        : topology.Peers.Any(p => p.Id == peer && p.IsPutOnly) ? CopyState.Believed
        : answering.Contains(peer) ? CopyState.Missing
        : CopyState.Unknown;

    // An entry is about the directory of its time and earlier ones; a later one is the peer itself.
    private bool IsReplaced(PeerId peer, int ordinal) => topology.Replacements.Any(r => r.Peer == peer && ordinal <= r.Ordinal);
}
