using AllData.Storage.Sqlite;

namespace AllData.Storage.Opening;

/// <summary>Where tests and measurements reach below a silo's store. Not an option: nothing that a user sets leads here.</summary>
internal sealed record StorageSeams
{
    /// <summary>What a user gets.</summary>
    public static StorageSeams None { get; } = new();

    /// <summary>Those of the engine in files.</summary>
    public SqliteSeams Sqlite { get; init; } = SqliteSeams.None;

    /// <summary>Opens another store than the options name. A measurement looks at what a put costs without storing.</summary>
    public Func<ReplicaStoreIdentity, IReplicaStore>? OpenInstead { get; init; }
}
