using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Simulation.Invariants;

/// <summary>Invariant 3: no key and no block id is issued twice, and no ordinal by two clusters.</summary>
internal sealed class NothingIsIssuedTwice(InvariantSet invariants)
{
    private const string Name = "3 nothing is issued twice";

    private readonly HashSet<EventKey> _keys = [];
    private readonly HashSet<BlockId> _blocks = [];
    private readonly Dictionary<int, int> _ordinals = [];

    /// <summary>A key was issued.</summary>
    public void OnKey(EventKey key) => invariants.Require(Name, _keys.Add(key), () => $"key {key} was issued before.");

    /// <summary>The registry of a cluster has an ordinal among those that it has given.</summary>
    public void OnOrdinal(int ordinal, int cluster)
    {
        _ordinals.TryAdd(ordinal, cluster);
        invariants.Require(Name, _ordinals[ordinal] == cluster, () => $"ordinal {ordinal} was given in cluster {_ordinals[ordinal]} and in cluster {cluster}.");
    }

    /// <summary>A block was formed.</summary>
    public void OnBlock(BlockId id) => invariants.Require(Name, _blocks.Add(id), () => $"block id {id} was given before.");
}
