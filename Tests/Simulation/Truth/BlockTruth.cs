using AllData.Events;
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

    /// <summary>Where an event of it stands for readers that follow, if no other block has it.</summary>
    /// <param name="index">Its place in the block.</param>
    public EventKey PositionOf(int index) => block.Header.Arrival is { } arrival ? ArrivalKeys.At(arrival, index) : events[index].Key;

    /// <summary>Whether any disk has ever held it.</summary>
    public bool WasStored { get; set; }

    /// <summary>Disks that hold it intact and durable.</summary>
    public List<Disk> Holders { get; } = [];
}
