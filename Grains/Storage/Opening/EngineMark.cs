using AllData.Storage.Directories;
using AllData.Storage.Log;

namespace AllData.Storage.Opening;

/// <summary>
/// Where a peer's events are: in SQLite files or logs in its data directory, or in PostgreSQL. A store that was opened with another engine would begin
/// empty, and every read of it would call itself complete.
/// </summary>
internal static class EngineMark
{
    /// <summary>The file in a data directory whose peer keeps its events in PostgreSQL.</summary>
    public const string FileName = "events-in-postgresql";

    /// <summary>The file in a data directory whose peer keeps its events in logs.</summary>
    public const string LogFileName = "events-in-logs";

    /// <summary>The engine whose files lie in a data directory; <see cref="StorageProvider.Sqlite"/> where none do.</summary>
    /// <param name="directory">The peer's data directory.</param>
    public static StorageProvider FileEngineOf(string directory) =>
        Find(directory) == StorageProvider.Log ? StorageProvider.Log : StorageProvider.Sqlite;

    /// <summary>Refuses an engine that is not the one that has the peer's events.</summary>
    /// <param name="directory">The peer's data directory.</param>
    /// <param name="provider">What the options name.</param>
    /// <exception cref="ReplicaStoreException">The events are elsewhere; the message says where, and the ways out.</exception>
    public static void ThrowIfOther(string directory, StorageProvider provider)
    {
        if (Find(directory) is { } holder && holder != provider)
        {
            throw new ReplicaStoreException(
                $"{Place(directory, holder)}, and AllData:Storage:Provider is {provider}: they would not be read. Set the provider back to {holder}, or give "
                + $"the peer that uses {provider} a name and a data directory of its own; repair then brings it its copies.");
        }
    }

    /// <summary>Remembers the engine, once its store is open.</summary>
    public static void Remember(string directory, StorageProvider provider)
    {
        if (provider == StorageProvider.PostgreSql)
        {
            Write(directory, FileName, "The events of this peer are in PostgreSQL (AllData:Storage:Provider).\n"u8);
        }
        else if (provider == StorageProvider.Log)
        {
            Write(directory, LogFileName, "The events of this peer are in logs (AllData:Storage:Provider).\n"u8);
        }
    }

    private static StorageProvider? Find(string directory) =>
        File.Exists(Path.Combine(directory, FileName)) ? StorageProvider.PostgreSql
        : File.Exists(Path.Combine(directory, LogFileName)) || HasFiles(directory, "*" + LogFormat.SegmentExtension)
            || HasFiles(directory, "*" + LogFormat.Extension) ? StorageProvider.Log
        : HasFiles(directory, "*") ? StorageProvider.Sqlite
        : null;

    private static string Place(string directory, StorageProvider holder) => holder switch
    {
        StorageProvider.PostgreSql => $"The peer of {directory} has its events in PostgreSQL",
        StorageProvider.Log => $"{directory} has events in logs ('{DataDirectory.IntervalsFolder}')",
        _ => $"{directory} has events in SQLite files ('{DataDirectory.IntervalsFolder}')",
    };

    private static void Write(string directory, string name, ReadOnlySpan<byte> text)
    {
        var path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            DurableFiles.Replace(path, text);
        }
    }

    private static bool HasFiles(string directory, string pattern) => Path.Combine(directory, DataDirectory.IntervalsFolder) is var intervals
        && Directory.Exists(intervals) && Directory.EnumerateFiles(intervals, pattern).Any();
}
