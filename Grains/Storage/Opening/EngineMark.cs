using AllData.Storage.Directories;

namespace AllData.Storage.Opening;

/// <summary>
/// Where a peer's events are: in the files of its data directory, or in PostgreSQL. A store that was opened with the other one would begin empty, and
/// every read of it would call itself complete.
/// </summary>
internal static class EngineMark
{
    /// <summary>The file in a data directory whose peer keeps its events in PostgreSQL.</summary>
    public const string FileName = "events-in-postgresql";

    /// <summary>Refuses an engine that is not the one that has the peer's events.</summary>
    /// <param name="directory">The peer's data directory.</param>
    /// <param name="provider">What the options name.</param>
    /// <exception cref="ReplicaStoreException">The events are elsewhere; the message says where, and the ways out.</exception>
    public static void ThrowIfOther(string directory, StorageProvider provider)
    {
        if (provider == StorageProvider.PostgreSql && HasFiles(directory))
        {
            throw new ReplicaStoreException(
                $"{directory} has events in SQLite files ('{DataDirectory.IntervalsFolder}'), and AllData:Storage:Provider is PostgreSql: they would not be "
                + "read. Set the provider back to Sqlite, or give the peer that uses PostgreSQL a name and a data directory of its own; repair then brings it "
                + "its copies.");
        }

        if (provider == StorageProvider.Sqlite && File.Exists(Path.Combine(directory, FileName)))
        {
            throw new ReplicaStoreException(
                $"The peer of {directory} has its events in PostgreSQL, and AllData:Storage:Provider is Sqlite: they would not be read. Set the provider back "
                + "to PostgreSql, or give the peer that uses SQLite a name and a data directory of its own; repair then brings it its copies.");
        }
    }

    /// <summary>Remembers the engine, once its store is open.</summary>
    public static void Remember(string directory, StorageProvider provider)
    {
        var path = Path.Combine(directory, FileName);
        if (provider == StorageProvider.PostgreSql && !File.Exists(path))
        {
            DurableFiles.Replace(path, "The events of this peer are in PostgreSQL (AllData:Storage:Provider).\n"u8);
        }
    }

    private static bool HasFiles(string directory) =>
        Path.Combine(directory, DataDirectory.IntervalsFolder) is var intervals && Directory.Exists(intervals) && Directory.EnumerateFiles(intervals).Any();
}
