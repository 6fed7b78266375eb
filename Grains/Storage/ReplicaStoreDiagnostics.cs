using AllData.Protocol;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>Counts and tells what a person must know of a store: damage, ids used twice, failures.</summary>
internal sealed partial class ReplicaStoreDiagnostics(ILogger logger)
{
    private readonly ILogger _logger = logger;
    private long _damagedBlocks;
    private long _idAlarms;

    /// <summary>Times that a block was found damaged.</summary>
    public long DamagedBlocks => Volatile.Read(ref _damagedBlocks);

    /// <summary>Blocks refused because their id is held with other bytes.</summary>
    public long IdAlarms => Volatile.Read(ref _idAlarms);

    /// <summary>A block was read whose bytes do not match its digest.</summary>
    public void OnDamagedBlock(string place, string reason)
    {
        Interlocked.Increment(ref _damagedBlocks);
        LogDamagedBlock(place, reason);
    }

    /// <summary>An interval's table was missing when the store was opened.</summary>
    public void OnLostInterval(string reason) => LogLostInterval(reason);

    /// <summary>A block came whose id is held with other bytes.</summary>
    public void OnIdHeldWithOtherBytes(BlockId id)
    {
        Interlocked.Increment(ref _idAlarms);
        LogIdHeldWithOtherBytes(id);
    }

    /// <summary>A damaged copy was replaced by the intact block that came again.</summary>
    public void OnCopyMended(BlockId id) => LogCopyMended(id);

    /// <summary>Writing or flushing failed.</summary>
    public void OnReadOnly(string reason, Exception failure) => LogReadOnly(reason, failure);
}
