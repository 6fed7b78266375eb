using System.Globalization;
using AllData.Intervals;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>The database file of one interval: its tables, its identity, and how a connection to it is set up.</summary>
internal static class IntervalFile
{
    /// <summary>Ending of the files.</summary>
    public const string Extension = ".db";

    /// <summary>Version of the tables, kept as <c>user_version</c>.</summary>
    public const int FormatVersion = 2;

    /// <summary>Version of the tables of a file that has blocks with topics: an earlier program must not take these for damaged ones.</summary>
    public const int TopicFormatVersion = 3;

    /// <summary>Version of the tables of a file that has blocks of late events, with topics or without.</summary>
    public const int LateFormatVersion = 4;

    /// <summary>
    /// <c>ADRS</c> (AllData replica store), kept as <c>application_id</c>, so that <c>file</c> and this program recognize the file.
    /// </summary>
    public const int ApplicationId = 0x41445253;

    private const string VersionName = "format_version";

    private const string Tables = """
        CREATE TABLE blocks(seq INTEGER PRIMARY KEY, id BLOB UNIQUE, copyset INTEGER, first_key TEXT, last_key TEXT, width INTEGER,
            events INTEGER, digest BLOB, bytes BLOB);
        CREATE INDEX blocks_by_key ON blocks(width, first_key, last_key);
        CREATE TABLE copysets(id INTEGER PRIMARY KEY, members TEXT);
        CREATE TABLE buckets(copyset INTEGER, minute INTEGER, blocks INTEGER, events INTEGER, digest_sum BLOB,
            PRIMARY KEY(minute, copyset)) WITHOUT ROWID;
        CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
        """;

    /// <summary>Opens an interval's file for writing, creates it if it is missing, and checks which peer it belongs to.</summary>
    /// <exception cref="ReplicaStoreException">
    /// It cannot be opened, or belongs to another peer; the message names it and the way out.
    /// </exception>
    /// <exception cref="SqliteException">Its pages are damaged (<see cref="SqliteFaults.IsDamage"/>).</exception>
    public static SqliteDatabase OpenForWriting(string path, Interval interval, ReplicaStoreIdentity identity, SqliteSeams seams)
    {
        SqliteDatabase? database = null;
        try
        {
            database = SqliteDatabase.Open(path, SqliteOpening.Create, seams.Vfs);
            if (IsEmpty(database))
            {
                SetUpLog(database, path, seams);
                Create(database, interval, identity);
            }
            else
            {
                CheckFormat(database, path);
                CheckIdentity(database, path, interval, identity);
                SetUpLog(database, path, seams);
            }

            return database;
        }
        catch (Exception e)
        {
            database?.Dispose();
            throw e is SqliteException failure && !SqliteFaults.IsDamage(failure) ? CannotBeOpened(path, failure) : e;
        }
    }

    /// <summary>Creates the file that a damaged one's readable blocks go into: without a log, not read by anything yet.</summary>
    public static SqliteDatabase CreateForSalvage(string path, Interval interval, ReplicaStoreIdentity identity, SqliteSeams seams)
    {
        var database = SqliteDatabase.Open(path, SqliteOpening.Create, seams.Vfs);
        database.Execute(Durability(seams));
        Create(database, interval, identity);
        return database;
    }

    /// <summary>Opens an interval's file, which the writer has created and checked, for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="selfContained">Whether it is out of its log and read-only.</param>
    /// <param name="seams">What tests reach into.</param>
    public static SqliteDatabase OpenForReading(string path, bool selfContained, SqliteSeams seams)
    {
        var database = SqliteDatabase.Open(path, selfContained ? SqliteOpening.Read : SqliteOpening.Write, seams.Vfs);
        try
        {
            // A reader never touches the files: only the writer's own flushes are watched.
            database.Execute("PRAGMA query_only=ON");
            database.KeepLogOnClose();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Notes that the file has a table of a later version, within the transaction that makes it. A version only rises.</summary>
    public static void NoteVersion(SqliteDatabase database, int version)
    {
        if (database.ReadInt64("PRAGMA user_version") < version)
        {
            IntervalMeta.Write(database, [(VersionName, version.ToString(CultureInfo.InvariantCulture))]);
            database.Execute($"PRAGMA user_version={version}");
        }
    }

    private static ReplicaStoreException CannotBeOpened(string path, SqliteException e) => new(
        $"{path} cannot be opened: {e.Message} Make room, or give this user the right to write there, or put a copy of the file back.", e);

    private static bool IsEmpty(SqliteDatabase database) =>
        database.ReadInt64("PRAGMA application_id") == 0 && database.ReadInt64("SELECT count(*) FROM sqlite_schema") == 0;

    private static void SetUpLog(SqliteDatabase database, string path, SqliteSeams seams)
    {
        var mode = database.ReadText("PRAGMA journal_mode=WAL");
        if (mode != "wal")
        {
            throw new ReplicaStoreException(
                $"{path} cannot keep a write-ahead log (it answers '{mode}'). Choose a directory on a local disk.");
        }

        database.Execute(Durability(seams));
    }

    // The writer makes its own checkpoints: SQLite's automatic ones come before the answer and swallow their errors.
    private static string Durability(SqliteSeams seams) =>
        $"PRAGMA synchronous={(seams.Flush ? "FULL" : "OFF")}; PRAGMA fullfsync=ON; PRAGMA wal_autocheckpoint=0;";

    private static void Create(SqliteDatabase database, Interval interval, ReplicaStoreIdentity identity)
    {
        database.Execute("BEGIN IMMEDIATE;" + Tables);
        IntervalMeta.Write(database, IdentityRows(interval, identity, FormatVersion));
        database.Execute($"PRAGMA application_id={ApplicationId}; PRAGMA user_version={FormatVersion}; COMMIT;");
    }

    /// <summary>Refuses a file of another program, or of a version that is not known.</summary>
    /// <exception cref="ReplicaStoreException">It is; the message names both.</exception>
    public static void CheckFormat(SqliteDatabase database, string path)
    {
        var application = database.ReadInt64("PRAGMA application_id");
        if (application != ApplicationId)
        {
            throw new ReplicaStoreException(
                $"{path} is a database of another application (id {application}, ours is {ApplicationId}). Move it out of the "
                + "data directory.");
        }

        var version = database.ReadInt64("PRAGMA user_version");
        if (version is < FormatVersion or > LateFormatVersion)
        {
            throw new ReplicaStoreException(
                $"{path} has format version {version}; this program knows version {FormatVersion} to version {LateFormatVersion}. "
                + "Use the program that wrote it.");
        }
    }

    private static void CheckIdentity(SqliteDatabase database, string path, Interval interval, ReplicaStoreIdentity identity)
    {
        foreach (var (name, expected) in IdentityRows(interval, identity, database.ReadInt64("PRAGMA user_version")))
        {
            var found = IntervalMeta.Read(database, name) ?? "";
            if (!identity.IsOurs(name, found, expected))
            {
                throw new ReplicaStoreException(
                    $"{path} belongs to {name} '{found}', not to '{expected}'. Move it back to where it came from: other peers "
                    + "hold its blocks too.");
            }
        }
    }

    private static (string Name, string Value)[] IdentityRows(Interval interval, ReplicaStoreIdentity identity, long version) =>
    [
        (VersionName, version.ToString(CultureInfo.InvariantCulture)),
        ("cluster_id", identity.ClusterId.ToString()),
        ("peer_id", identity.Peer.Value),
        ("interval", interval.ToString()),
        ("interval_seconds", (interval.LengthMilliseconds / 1000).ToString(CultureInfo.InvariantCulture)),
    ];
}
