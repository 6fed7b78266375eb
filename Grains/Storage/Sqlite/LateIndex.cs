using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Sqlite;

/// <summary>
/// The blocks of late events of an interval file, by arrival. The table comes with the first such block, in its transaction: a file without one is as before,
/// and an earlier program reads it. For one thread.
/// </summary>
internal sealed class LateIndex(SqliteDatabase database) : IDisposable
{
    private const string Table = """
        CREATE TABLE late(arrival TEXT, seq INTEGER, last_arrival TEXT, first_key TEXT, last_key TEXT, events INTEGER,
            PRIMARY KEY(arrival, seq)) WITHOUT ROWID;
        """;

    private SqliteStatement? _insert;
    private SqliteStatement? _find;
    private SqliteStatement? _list;

    /// <summary>Whether a file has the table.</summary>
    public static bool IsIn(SqliteDatabase database) => database.ReadInt64("SELECT count(*) FROM sqlite_schema WHERE name='late'") > 0;

    /// <summary>Adds a block, within the writer's transaction; nothing where its events are not late.</summary>
    /// <param name="header">The block's header.</param>
    /// <param name="number">Its number (<c>seq</c>).</param>
    public void Add(BlockHeader header, long number)
    {
        if (header.Arrival is not { } arrival)
        {
            return;
        }

        _insert ??= PrepareInsert();
        Bind(_insert, arrival, header, number);
        _insert.Run();
    }

    /// <summary>Whether a block is where its arrival is looked for; true where its events are not late.</summary>
    public bool Has(BlockHeader header, long number)
    {
        if (header.Arrival is not { } arrival)
        {
            return true;
        }

        if (_find is null && !IsIn(database))
        {
            return false;
        }

        _find ??= database.Prepare(
            "SELECT 1 FROM late WHERE arrival=?1 AND seq=?2 AND last_arrival=?3 AND first_key=?4 AND last_key=?5 AND events=?6");
        Bind(_find, arrival, header, number);
        var isThere = _find.Step();
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
            DELETE FROM late WHERE first_key>=?1 AND first_key<?2
                AND (seq NOT IN (SELECT seq FROM blocks) OR seq IN ({string.Join(',', numbers)}))
            """);
        delete.Bind(1, minute.GetFirstKey());
        delete.Bind(2, minute.GetEndKey());
        delete.Run();
    }

    /// <summary>Lists the blocks of a range by arrival, one more than are requested if there are as many.</summary>
    public void List(LateRange range, List<LateBlock> blocks)
    {
        if (_list is null && !IsIn(database))
        {
            return;
        }

        _list ??= database.Prepare("""
            SELECT arrival, events, first_key, last_key FROM late WHERE arrival>=?1 AND arrival<=?2 AND last_arrival>?3 ORDER BY arrival LIMIT ?4
            """);
        _list.Bind(1, ArrivalKeys.LowestFirst(range.After));
        _list.Bind(2, range.UpTo);
        _list.Bind(3, range.After);
        _list.Bind(4, range.MaxBlocks + 1L);
        try
        {
            while (_list.Step())
            {
                blocks.Add(new LateBlock(
                    EventKey.Parse(_list.GetText(0)), checked((int)_list.GetInt64(1)), EventKey.Parse(_list.GetText(2)), EventKey.Parse(_list.GetText(3))));
            }
        }
        finally
        {
            _list.Reset();
        }
    }

    public void Dispose()
    {
        _insert?.Dispose();
        _find?.Dispose();
        _list?.Dispose();
    }

    private SqliteStatement PrepareInsert()
    {
        if (!IsIn(database))
        {
            database.Execute(Table);
            IntervalFile.NoteVersion(database, IntervalFile.LateFormatVersion);
        }

        return database.Prepare(
            "INSERT OR REPLACE INTO late(arrival, seq, last_arrival, first_key, last_key, events) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    }

    private static void Bind(SqliteStatement statement, EventKey arrival, BlockHeader header, long number)
    {
        statement.Bind(1, arrival);
        statement.Bind(2, number);
        statement.Bind(3, ArrivalKeys.Last(arrival, header.EventCount));
        statement.Bind(4, header.FirstKey);
        statement.Bind(5, header.LastKey);
        statement.Bind(6, header.EventCount);
    }
}
