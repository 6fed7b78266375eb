namespace AllData.Storage;

/// <summary>The engines that can keep a peer's blocks.</summary>
public enum StorageProvider
{
    /// <summary>Files in the data directory, one for each interval.</summary>
    Sqlite = 0,

    /// <summary>A schema in a PostgreSQL database (13 or later), one table for each interval.</summary>
    PostgreSql = 1,

    /// <summary>Logs of this program's own in the data directory: segments for each open interval, one file for each closed one.</summary>
    Log = 2,
}

/// <summary>Where a peer's blocks are kept, and bounds. The defaults suit a peer that shares a machine with others.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// The engine. Null, the default: that of the files in the data directory, and <see cref="StorageProvider.Sqlite"/> where there are none yet.
    /// </summary>
    public StorageProvider? Provider { get; set; }

    /// <summary>
    /// With <see cref="StorageProvider.PostgreSql"/>, how to reach the database, as Npgsql understands it:
    /// <c>Host=db;Database=alldata;Username=alldata;Password=…</c>. The user must be allowed to create schemas; the peer's schema is created if it is
    /// missing. Peers may share a database; peers that must not fail together must not share a server. Default: empty.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// With <see cref="StorageProvider.PostgreSql"/>, how many seconds blocks wait for a server that has gone away before they are refused; they are
    /// accepted again as soon as it is back. Longer than a restart of the server takes. Default: 10.
    /// </summary>
    public int ReconnectSeconds { get; set; } = 10;

    /// <summary>
    /// Bytes of blocks that may wait to be written, including those in the running transaction. Beyond that a block is answered <c>Overloaded</c> at
    /// once. Default: 64 MiB.
    /// </summary>
    public long MaxWaitingBytes { get; set; } = 64L << 20;

    /// <summary>Blocks that share one transaction and its flush, at most. Default: 1024.</summary>
    public int MaxBlocksPerTransaction { get; set; } = 1024;

    /// <summary>
    /// Bytes of blocks that share one transaction, at most (a single larger block goes alone). Larger transactions make those that wait
    /// behind them wait longer. Default: 8 MiB.
    /// </summary>
    public long MaxBytesPerTransaction { get; set; } = 8L << 20;

    /// <summary>How long a caller that was answered <c>Overloaded</c> should wait before it retries. Default: 100 ms.</summary>
    public TimeSpan OverloadRetryAfter { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// With <see cref="StorageProvider.Sqlite"/>, interval files that the writer, and each reader, keeps open at once; the least recently used one is closed.
    /// At least 3: the previous, the current and the next interval are written to side by side. Default: 4.
    /// </summary>
    public int MaxOpenIntervals { get; set; } = 4;

    /// <summary>Threads that read, each with its own connections. Default: 2.</summary>
    public int Readers { get; set; } = 2;

    /// <summary>Reads that may wait for a reader, at most; beyond it a read is refused at once. Default: 4096.</summary>
    public int MaxWaitingReads { get; set; } = 4096;

    /// <summary>
    /// Bytes appended to an interval's write-ahead log before it is copied into the database file; with <see cref="StorageProvider.Log"/>, to its segments
    /// before their index is written down, which a restart is quick with. Default: 8 MiB.
    /// </summary>
    public long CheckpointBytes { get; set; } = 8L << 20;
}
