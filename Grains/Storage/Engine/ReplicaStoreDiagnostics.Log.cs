using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using Microsoft.Extensions.Logging;

namespace AllData.Storage.Engine;

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

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Interval {Interval} may hold less than was answered: {Reason} Other peers hold it too; check this disk.")]
    private partial void LogIntervalDamaged(Interval interval, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A scrub of interval {Interval} found: {Finding}")]
    private partial void LogFinding(Interval interval, string finding);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Rows} rows that no coordinator can have formed were taken out of {Place}; their bytes are kept in {KeptIn}.")]
    private partial void LogRowsRemoved(string place, int rows, string keptIn);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Path} could not be written or flushed and is not written to any more; the blocks that were not answered yet are written to another file. "
        + "Check this disk.")]
    private partial void LogSegmentGivenUp(Exception failure, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Finding}")]
    private partial void LogUnreadableRow(string finding);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} could not be written: after a restart the damage that it should name may be unknown.")]
    private partial void LogNoteNotWritten(Exception failure, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The damaged file was set aside as {SetAside}; {Blocks} blocks with {Events} events that could be read from it are in {Path} now.")]
    private partial void LogSalvaged(string setAside, long blocks, long events, string path);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Interval {Interval} is closed: {Path} holds {Blocks} blocks, {Events} events, digest sum {DigestSum}.")]
    private partial void LogIntervalClosed(Interval interval, string path, long blocks, long events, EventDigest digestSum);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} was not closed cleanly; its log is kept and read when it is next opened.")]
    private partial void LogLogKept(Exception failure, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}")]
    private partial void LogReadOnly(string reason, Exception failure);
}
