using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

internal sealed partial class BlockReplication
{
    [LoggerMessage(LogLevel.Debug, "Block {Block}: {Replacement} keeps it for {Replaced}")]
    private partial void LogReplaced(BlockId block, ReplicaTarget replaced, ReplicaTarget replacement);

    [LoggerMessage(LogLevel.Debug, "Block {Block}: {Target} has not answered within {Deadline}; it may still")]
    private partial void LogSilent(BlockId block, ReplicaTarget target, TimeSpan deadline);

    [LoggerMessage(LogLevel.Debug, "Block {Block}: {Target} failed")]
    private partial void LogFailed(Exception exception, BlockId block, ReplicaTarget target);

    [LoggerMessage(LogLevel.Error, "Block {Block}: the put engine failed; its put is answered as unknown")]
    private partial void LogEngineFailed(Exception exception, BlockId block);

    [LoggerMessage(LogLevel.Warning, "Block {Block}: {Target} refused it for good ({Status}): {Reason}")]
    private partial void LogRefused(BlockId block, ReplicaTarget target, AppendStatus status, string? reason);

    [LoggerMessage(LogLevel.Debug, "Block {Block}: {Copies} of {Wanted} copies when its replicas had answered or passed their deadline")]
    private partial void LogIncomplete(BlockId block, int copies, int wanted);
}
