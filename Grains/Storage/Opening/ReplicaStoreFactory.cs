using AllData.Storage.Engine;
using AllData.Storage.Log;
using AllData.Storage.PostgreSql;
using AllData.Storage.Replica;
using AllData.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace AllData.Storage.Opening;

/// <summary>Opens the store that the options name. The one place that knows every engine.</summary>
/// <param name="options">What keeps the blocks, and bounds.</param>
/// <param name="minFreeBytes">Bytes of the disk that new blocks leave free; null for a share of it, 0 for none.</param>
/// <param name="seams">What tests reach into.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Log damage, outages and failures.</param>
internal sealed class ReplicaStoreFactory(
    StorageOptions options, long? minFreeBytes, StorageSeams seams, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Opens a peer's store. Blocks while it is checked and recovered.</summary>
    /// <param name="directory">The peer's data directory.</param>
    /// <param name="identity">The identity of the replica.</param>
    /// <exception cref="ReplicaStoreException">It cannot be opened or belongs to another peer; the message says why and what to do.</exception>
    public IReplicaStore Open(string directory, ReplicaStoreIdentity identity)
    {
        if (seams.OpenInstead is { } open)
        {
            return open(identity);
        }

        // An engine in a server is never guessed: the options say how to reach it.
        var provider = options.Provider ?? EngineMark.FileEngineOf(directory);
        EngineMark.ThrowIfOther(directory, provider);
        var promises = ClosedPromises.Open(directory);
        IReplicaStore store = provider switch
        {
            StorageProvider.PostgreSql => ReplicaStore.Open(SettingOf<PostgreSqlEngine>(identity), PostgreSqlEngine.Open, promises: promises),
            StorageProvider.Log => ReplicaStore.Open(
                SettingOf<LogEngine>(identity), setting => LogEngine.Open(directory, seams.Log, setting), FreeSpaceOf(directory), promises),
            _ => ReplicaStore.Open(
                SettingOf<SqliteEngine>(identity), setting => SqliteEngine.Open(directory, seams.Sqlite, setting), FreeSpaceOf(directory), promises),
        };
        EngineMark.Remember(directory, provider);
        return store;
    }

    // A database's disk is its server's: nothing is known of it here.
    private FreeSpace? FreeSpaceOf(string directory) =>
        minFreeBytes == 0 ? null : new FreeSpace(() => seams.MeasureDisk(directory), minFreeBytes, time, loggers.CreateLogger<FreeSpace>());

    private EngineSetting SettingOf<TEngine>(ReplicaStoreIdentity identity) => new(identity, options, time, loggers.CreateLogger<TEngine>());
}
