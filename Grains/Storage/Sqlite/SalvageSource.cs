using AllData.Protocol.Blocks;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>A damaged interval file: gives every block that can still be read and is intact. Changes nothing in it.</summary>
internal sealed class SalvageSource : IDisposable
{
    // A number without a row costs a look-up; after this many in a row nothing more is expected.
    private const int MaxGap = 200_000;

    private readonly SqliteDatabase? _database;
    private long _highestSeen;

    private SalvageSource(SqliteDatabase? database) => _database = database;

    /// <summary>Whether every row could be read; known once the blocks have been read.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether the file says that it was promised closed; false, too, when it cannot say.</summary>
    public bool IsPromisedClosed
    {
        get
        {
            try
            {
                return _database is not null && IntervalMeta.IsPromisedClosed(_database);
            }
            catch (SqliteException)
            {
                return false;
            }
        }
    }

    /// <summary>Opens a file; one that is not a database has no blocks.</summary>
    public static SalvageSource Open(string path)
    {
        try
        {
            return new SalvageSource(SqliteDatabase.OpenUntouched(path));
        }
        catch (SqliteException)
        {
            return new SalvageSource(null);
        }
    }

    /// <summary>The intact blocks, in no order, one that is met twice given twice.</summary>
    public IEnumerable<Block> Blocks()
    {
        // Whichever way a damaged page is met from, the rows before it come; the numbers between are then tried one by one.
        foreach (var block in Rows("SELECT seq, bytes FROM blocks NOT INDEXED ORDER BY seq"))
        {
            yield return block;
        }

        if (IsComplete)
        {
            yield break;
        }

        var reached = _highestSeen;

        foreach (var block in Rows("SELECT seq, bytes FROM blocks NOT INDEXED ORDER BY seq DESC").Concat(Between(reached)))
        {
            yield return block;
        }

        IsComplete = false;
    }

    public void Dispose() => _database?.Dispose();

    private IEnumerable<Block> Rows(string sql)
    {
        using var rows = Prepare(sql);
        while (rows is not null && rows.TryStep() is { } stepped)
        {
            if (!stepped)
            {
                IsComplete = true;
                yield break;
            }

            _highestSeen = Math.Max(_highestSeen, rows.GetInt64(0));
            if (Intact(rows, 1) is { } block)
            {
                yield return block;
            }
        }
    }

    private IEnumerable<Block> Between(long reached)
    {
        using var row = Prepare("SELECT bytes FROM blocks NOT INDEXED WHERE seq=?1");
        var gap = 0;
        for (var seq = reached + 1; row is not null && gap < MaxGap; seq++)
        {
            row.Bind(1, seq);
            var block = row.TryStep() == true ? Intact(row, 0) : null;
            row.Reset();
            gap = block is null ? gap + 1 : 0;
            if (block is not null)
            {
                yield return block;
            }
        }
    }

    private static Block? Intact(SqliteStatement row, int column)
    {
        try
        {
            var block = BlockCodec.Decode(row.GetBytes(column).ToArray());
            return BlockRecords.Fault(block.Header, block.GetReader()) is null ? block : null;
        }
        catch (BlockFormatException)
        {
            return null;
        }
    }

    private SqliteStatement? Prepare(string sql)
    {
        try
        {
            return _database?.Prepare(sql);
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
