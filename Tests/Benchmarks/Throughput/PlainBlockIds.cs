using AllData.Coordination;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;

namespace AllData.Benchmarks;

/// <summary>Block ids without numbers, as they were before intervals could be certified: unique, and nothing is kept of them.</summary>
internal sealed class PlainBlockIds(ICoordinatingPeer peer) : IBlockNumbers
{
    private long _last;

    /// <inheritdoc/>
    public BlockId Issue(int ordinal, UnixMinute minute) => new(ordinal, peer.Directory.Incarnation, Interlocked.Increment(ref _last));

    /// <inheritdoc/>
    public void Settle(BlockId id)
    {
        // Nothing is kept.
    }

    /// <inheritdoc/>
    public void Abandon(BlockId id)
    {
        // As above.
    }
}
