using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Storage.Engine;

/// <summary>Counts and logs what an operator must know of a store: damage, ids used twice, failures.</summary>
internal sealed partial class ReplicaStoreDiagnostics(ILogger logger)
{
    private const int MaxToldCopysets = 1_000;

    private readonly ILogger _logger = logger;
    private readonly HashSet<CopysetId> _toldCopysets = [];
    private long _damagedBlocks;
    private long _idAlarms;

    /// <summary>Times that a block was found damaged.</summary>
    public long DamagedBlocks => Volatile.Read(ref _damagedBlocks);

    /// <summary>Those that are not repaired yet.</summary>
    public KnownDamage Known { get; } = new();

    /// <summary>Blocks refused because their id is held with other bytes.</summary>
    public long IdAlarms => Volatile.Read(ref _idAlarms);

    /// <summary>A block was read whose bytes do not match its digest.</summary>
    /// <param name="place">Where it lies.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="entry">Which block its row says it is; null when that is not known either.</param>
    public void OnDamagedBlock(string place, string reason, DamagedEntry? entry)
    {
        if (entry is { } known)
        {
            Known.Add(known);
        }

        Interlocked.Increment(ref _damagedBlocks);
        LogDamagedBlock(place, reason);
    }

    /// <summary>A block came whose id is held with other bytes.</summary>
    public void OnIdHeldWithOtherBytes(BlockId id)
    {
        Interlocked.Increment(ref _idAlarms);
        LogIdHeldWithOtherBytes(id);
    }

    /// <summary>A damaged copy was replaced by the intact block that came again.</summary>
    public void OnCopyMended(BlockId id)
    {
        Known.Remove(id);
        LogCopyMended(id);
    }

    /// <summary>Less may be held of an interval than was answered.</summary>
    public void OnIntervalDamaged(Interval interval, string reason) => LogIntervalDamaged(interval, reason);

    /// <summary>A scrub has found something wrong.</summary>
    public void OnFinding(Interval interval, string finding) => LogFinding(interval, finding);

    /// <summary>The members of a copyset cannot be read; reported once, although every reading meets it again. Returns whether it is news.</summary>
    public bool OnUnreadableCopyset(string place, CopysetId id)
    {
        lock (_toldCopysets)
        {
            if (_toldCopysets.Count >= MaxToldCopysets || !_toldCopysets.Add(id))
            {
                return false;
            }
        }

        LogUnreadableRow(CopysetText.Fault(place, id));
        return true;
    }

    /// <summary>Rows that no coordinator can have formed were taken out.</summary>
    /// <param name="place">Where they lay.</param>
    /// <param name="rows">How many.</param>
    /// <param name="keptIn">Where their bytes are kept.</param>
    public void OnRowsRemoved(string place, int rows, string keptIn)
    {
        if (rows > 0)
        {
            LogRowsRemoved(place, rows, keptIn);
        }
    }

    /// <summary>A segment could not be written or flushed; what was to be in it is written to another.</summary>
    public void OnSegmentGivenUp(string path, Exception failure) => LogSegmentGivenUp(failure, path);

    /// <summary>A note could not be written.</summary>
    public void OnNoteNotWritten(string path, Exception failure) => LogNoteNotWritten(failure, path);

    /// <summary>A damaged file was set aside, and its blocks salvaged.</summary>
    public void OnSalvaged(string setAside, long blocks, long events, string path) => LogSalvaged(setAside, blocks, events, path);

    /// <summary>An interval's file is self-contained and read-only now.</summary>
    public void OnIntervalClosed(Interval interval, string path, long blocks, long events, EventDigest digestSum) =>
        LogIntervalClosed(interval, path, blocks, events, digestSum);

    /// <summary>A file could not be closed cleanly; its log stays.</summary>
    public void OnLogKept(string path, Exception failure) => LogLogKept(failure, path);

    /// <summary>Writing or flushing failed.</summary>
    public void OnReadOnly(string reason, Exception failure) => LogReadOnly(reason, failure);
}
