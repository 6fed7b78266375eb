using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Sqlite;

/// <summary>
/// Which blocks of an interval file are of which topic. The table comes with the first such block, in its transaction: a file without one is as before, and an
/// earlier program reads it. For one thread.
/// </summary>
internal sealed class TopicIndex(SqliteDatabase database) : IDisposable
{
    private const string Table = """
        CREATE TABLE topics(topic TEXT, first_key TEXT, last_key TEXT, seq INTEGER, minute INTEGER, copyset INTEGER,
            PRIMARY KEY(topic, first_key, last_key, seq)) WITHOUT ROWID;
        """;

    private SqliteStatement? _insert;
    private SqliteStatement? _find;

    /// <summary>Whether a file has the table.</summary>
    public static bool IsIn(SqliteDatabase database) => database.ReadInt64("SELECT count(*) FROM sqlite_schema WHERE name='topics'") > 0;

    /// <summary>Adds a block, within the writer's transaction; nothing where it has no topic.</summary>
    /// <param name="header">The block's header.</param>
    /// <param name="number">Its number (<c>seq</c>).</param>
    public void Add(BlockHeader header, long number)
    {
        if (header.Topic is not { } topic)
        {
            return;
        }

        _insert ??= PrepareInsert();
        Bind(_insert, topic, header, number);
        _insert.Bind(5, header.UnixMinute.Value);
        _insert.Bind(6, header.BucketId.Value);
        _insert.Run();
    }

    /// <summary>Whether a block is where its topic is looked for; true where it has none.</summary>
    public bool Has(BlockHeader header, long number)
    {
        if (header.Topic is not { } topic)
        {
            return true;
        }

        if (_find is null && !IsIn(database))
        {
            return false;
        }

        _find ??= database.Prepare("SELECT minute, copyset FROM topics WHERE topic=?1 AND first_key=?2 AND last_key=?3 AND seq=?4");
        Bind(_find, topic, header, number);
        var isThere = _find.Step() && _find.GetInt64(0) == header.UnixMinute.Value && _find.GetInt64(1) == header.BucketId.Value;
        _find.Reset();
        return isThere;
    }

    /// <summary>Forgets what says something of blocks of a minute that are not there, and of the given ones, within the writer's transaction.</summary>
    public void Forget(UnixMinute minute, IReadOnlyCollection<long> numbers)
    {
        if (!IsIn(database))
        {
            return;
        }

        using var delete = database.Prepare($"""
            DELETE FROM topics WHERE first_key>=?1 AND first_key<?2
                AND (seq NOT IN (SELECT seq FROM blocks) OR seq IN ({string.Join(',', numbers)}))
            """);
        delete.Bind(1, minute.GetFirstKey());
        delete.Bind(2, minute.GetEndKey());
        delete.Run();
    }

    public void Dispose()
    {
        _insert?.Dispose();
        _find?.Dispose();
    }

    private SqliteStatement PrepareInsert()
    {
        if (!IsIn(database))
        {
            database.Execute(Table);
            IntervalFile.NoteVersion(database, IntervalFile.TopicFormatVersion);
        }

        return database.Prepare(
            "INSERT OR REPLACE INTO topics(topic, first_key, last_key, seq, minute, copyset) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    }

    private static void Bind(SqliteStatement statement, Topic topic, BlockHeader header, long number)
    {
        statement.Bind(1, topic.Value);
        statement.Bind(2, header.FirstKey);
        statement.Bind(3, header.LastKey);
        statement.Bind(4, number);
    }
}
