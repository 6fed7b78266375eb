using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AllData.Storage.Sqlite;

/// <summary>What a failure of SQLite means.</summary>
internal static class SqliteFaults
{
    /// <summary>Whether the file's pages are damaged: then nothing in it may be believed without a check.</summary>
    public static bool IsDamage(SqliteException failure) => failure.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>Whether another program has the file locked: nothing was changed, and later it will work.</summary>
    public static bool IsBusy(SqliteException failure) => failure.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;
}
