using AllData.Protocol.Blocks;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Truth;

/// <summary>What really is of one block.</summary>
internal sealed class BlockTruth(Block block, EventTruth[] events)
{
    /// <summary>The block as its coordinator formed it.</summary>
    public Block Block => block;

    /// <summary>Its events.</summary>
    public EventTruth[] Events => events;

    /// <summary>Disks that hold it intact and durable.</summary>
    public List<Disk> Holders { get; } = [];
}
