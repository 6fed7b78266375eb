using AllData.Security;
using AllData.Storage.Directories;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AllData.Storage.Sqlite;

/// <summary>What a connection is opened for.</summary>
internal enum SqliteOpening
{
    /// <summary>To read; the file must be there and is not written to.</summary>
    Read,

    /// <summary>To read and write; the file must be there.</summary>
    Write,

    /// <summary>To read and write; the file is created where there is none.</summary>
    Create,
}

/// <summary>
/// One connection to an SQLite file through the C interface: ADO.NET costs a third more for each small row, and its waiting on a busy
/// database sleeps. Used by one thread at a time.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    // Readers, the writer and a checkpoint block each other for milliseconds only: a longer wait means that another program has the file.
    private const int BusyTimeoutMilliseconds = 5_000;
    private const int NoCheckpointOnClose = 1006;

    private readonly sqlite3 _handle;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    public static string Version => raw.sqlite3_libversion().utf8_to_string();

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Number of the row that the last insert made.</summary>
    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="opening">What for.</param>
    /// <param name="vfs">SQLite's virtual file system; null is the default one.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteDatabase Open(string path, SqliteOpening opening, string? vfs)
    {
        if (opening == SqliteOpening.Create)
        {
            // SQLite gives its log and the log's index the same rights as the file.
            PrivateFiles.CreateIfMissing(path);
        }

        var flags = raw.SQLITE_OPEN_NOMUTEX | opening switch
        {
            SqliteOpening.Read => raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI,
            SqliteOpening.Write => raw.SQLITE_OPEN_READWRITE,
            _ => raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE,
        };
        var result = raw.sqlite3_open_v2(path, out var handle, flags, vfs);
        var database = new SqliteDatabase(handle);
        try
        {
            database.Check(result);
            database.Check(raw.sqlite3_extended_result_codes(handle, 1));
            database.Check(raw.sqlite3_busy_timeout(handle, BusyTimeoutMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a file that is no longer written to, including its log if there is one, without changing anything in it or next to it.
    /// </summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteDatabase OpenUntouched(string path)
    {
        if (!File.Exists(path + "-wal"))
        {
            return Open($"file:{Uri.EscapeDataString(Path.GetFullPath(path)).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1",
                SqliteOpening.Read, vfs: null);
        }

        // Without locks there is no file for the index of the log either: it is kept in memory, which only an exclusive reader may.
        var database = Open(path, SqliteOpening.Read, OperatingSystem.IsWindows() ? "win32-none" : "unix-none");
        database.Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA query_only=ON");
        database.KeepLogOnClose();
        return database;
    }

    /// <summary>Runs statements that give no rows.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Prepares a statement that is used many times.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        return new SqliteStatement(this, statement);
    }

    /// <summary>The first column of the first row as a number; 0 when there is none.</summary>
    public long ReadInt64(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.GetInt64(0) : 0;
    }

    /// <summary>The first column of the first row as text; null if there is none.</summary>
    public string? ReadText(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.GetText(0) : null;
    }

    /// <summary>Copies the write-ahead log into the database file as far as readers allow.</summary>
    /// <param name="restart">Whether to wait for readers, so that the log starts again.</param>
    /// <returns>Whether the whole log was copied; true where there is none.</returns>
    public bool Checkpoint(bool restart)
    {
        var mode = restart ? raw.SQLITE_CHECKPOINT_RESTART : raw.SQLITE_CHECKPOINT_PASSIVE;
        var result = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out var frames, out var copied);
        if (result == raw.SQLITE_BUSY)
        {
            return false;
        }

        Check(result);
        return copied == frames;
    }

    /// <summary>Leaves the write-ahead log as it is when this connection closes, even when it is the last one.</summary>
    public void KeepLogOnClose() => Check(raw.sqlite3_db_config(_handle, NoCheckpointOnClose, 1, out _));

    /// <summary>Throws unless a result code means success.</summary>
    /// <exception cref="SqliteException">It does not.</exception>
    public void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw new SqliteException(raw.sqlite3_errmsg(_handle).utf8_to_string(), result & 0xff, result);
        }
    }

    /// <summary>Closes the connection; an open transaction is rolled back.</summary>
    public void Dispose() => _handle.Dispose();
}
