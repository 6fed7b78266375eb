using AllData.Storage.Engine;
using AllData.Storage.Log;
using AllData.Storage.Sqlite;

namespace AllData.Storage.Opening;

/// <summary>Opens a file of an interval to be looked at, whichever engine has written it.</summary>
public static class IntervalInspections
{
    /// <summary>Opens a closed interval's file, a segment, or a copy of an open interval's SQLite file, with or without its log (<c>-wal</c>).</summary>
    /// <exception cref="ReplicaStoreException">There is no such file, or it is not the file of an interval; the message names it and the way out.</exception>
    public static IIntervalInspection Open(string path) =>
        File.Exists(path) && LogInspection.IsOne(path) ? LogInspection.Open(path) : IntervalInspection.Open(path);
}
