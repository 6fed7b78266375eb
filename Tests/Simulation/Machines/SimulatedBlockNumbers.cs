using AllData.Coordination;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Simulation.Machines;

/// <summary>A coordinator's block numbers as they are shipped, or with the planted bug: what ended without a copy that is known counts as abandoned.</summary>
/// <param name="shipped">The shipped ones.</param>
/// <param name="abandonsUnknown">Whether the bug is planted.</param>
internal sealed class SimulatedBlockNumbers(BlockNumbers shipped, bool abandonsUnknown) : IBlockNumbers
{
    /// <inheritdoc/>
    public BlockId Issue(int ordinal, UnixMinute minute) => shipped.Issue(ordinal, minute);

    /// <inheritdoc/>
    public void Settle(BlockId id) => shipped.Settle(id);

    /// <inheritdoc/>
    public void Abandon(BlockId id) => shipped.Abandon(id);

    /// <inheritdoc/>
    public void End(BlockId id, bool isUnwritten)
    {
        if (isUnwritten || abandonsUnknown)
        {
            shipped.Abandon(id);
        }
        else
        {
            shipped.Settle(id);
        }
    }
}
