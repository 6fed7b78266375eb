using AllData.Storage.Log;
using AllData.Storage.Replica;
using AllData.Storage.Sqlite;

namespace AllData.Storage.Opening;

/// <summary>Where tests and measurements reach below a silo's store. Not an option: no setting leads here.</summary>
internal sealed record StorageSeams
{
    /// <summary>What a user gets.</summary>
    public static StorageSeams None { get; } = new();

    /// <summary>Those of SQLite's files.</summary>
    public SqliteSeams Sqlite { get; init; } = SqliteSeams.None;

    /// <summary>Those of the log store.</summary>
    public LogSeams Log { get; init; } = LogSeams.None;

    /// <summary>Measures the disk that a directory lies on.</summary>
    public Func<string, DiskSpace> MeasureDisk { get; init; } = DiskSpace.Of;

    /// <summary>Opens another store than the options name, for example to measure what a put costs without storing.</summary>
    public Func<ReplicaStoreIdentity, IReplicaStore>? OpenInstead { get; init; }
}
