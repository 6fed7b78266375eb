using AllData.Protocol.Blocks;

namespace AllData.Coordination;

/// <summary>Is told of the blocks that this silo has acknowledged.</summary>
internal interface IAcknowledgedBlocks
{
    /// <summary>A block has reached the level that its puts requested. It must not wait: the callers have not been answered yet. It may be forgotten.</summary>
    void OnAcknowledged(Block block);
}
