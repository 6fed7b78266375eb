using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Simulation.Invariants;

/// <summary>Invariant 3: no key and no block id is issued twice.</summary>
internal sealed class NothingIsIssuedTwice(InvariantSet invariants)
{
    private const string Name = "3 nothing is issued twice";

    private readonly HashSet<EventKey> _keys = [];
    private readonly HashSet<BlockId> _blocks = [];

    /// <summary>A key was issued.</summary>
    public void OnKey(EventKey key) => invariants.Require(Name, _keys.Add(key), () => $"key {key} was issued before.");

    /// <summary>A block was formed.</summary>
    public void OnBlock(BlockId id) => invariants.Require(Name, _blocks.Add(id), () => $"block id {id} was given before.");
}
