using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Replica;

/// <summary>What every store requires of a block before it keeps it. The block's digest was checked when it was decoded.</summary>
internal static class BlockArrival
{
    /// <summary>Null when the block may be kept; otherwise the answer for its coordinator.</summary>
    public static AppendReply? Refuse(Block block, ReplicaStoreIdentity identity)
    {
        var header = block.Header;
        if (!identity.Accepts(header.ClusterId))
        {
            return Invalid($"Block {header.Id} is of cluster {header.ClusterId}; this replica belongs to {identity.ClusterId}.");
        }

        // The minute decides the place and the bucket; a key outside it would never be found again.
        if (header.FirstKey.UnixMinute != header.UnixMinute
            || header.LastKey.UnixMinute != header.UnixMinute
            || header.LastKey < header.FirstKey)
        {
            return Invalid($"Block {header.Id} has keys {header.FirstKey} to {header.LastKey}, which is not within its minute.");
        }

        return BlockRecords.Fault(header, block.GetReader()) is { } fault
            ? Invalid($"Block {header.Id} does not hold what its header says: {fault}.")
            : null;
    }

    private static AppendReply Invalid(string reason) => new(AppendStatus.Invalid, reason);
}
