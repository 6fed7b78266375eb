using AllData.Protocol;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

internal sealed partial class ReplicaStoreDiagnostics
{
    [LoggerMessage(Level = LogLevel.Error, Message =
        "A stored block is damaged and is skipped: {Place}: {Reason} Other peers hold it too; check this disk.")]
    private partial void LogDamagedBlock(string place, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Block {Id} came with other bytes than are held and is refused: two coordinators use one data directory, or one was "
        + "restored from an old copy.")]
    private partial void LogIdHeldWithOtherBytes(BlockId id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The damaged copy of block {Id} was replaced by the intact block that came again.")]
    private partial void LogCopyMended(BlockId id);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason} Other peers hold these blocks too; find out who removed it.")]
    private partial void LogLostInterval(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}")]
    private partial void LogReadOnly(string reason, Exception failure);
}
