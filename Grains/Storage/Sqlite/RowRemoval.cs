using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>
/// Takes rows that no coordinator can have formed out of the table of blocks: they are copies of nothing, no peer has a better copy, and no peer
/// would accept them. Their bytes are kept in the table <c>refused</c>. Within a transaction of the writer, for one thread.
/// </summary>
internal sealed class RowRemoval(SqliteDatabase database)
{
    private const string Tables = "CREATE TABLE IF NOT EXISTS refused(number INTEGER PRIMARY KEY, id BLOB, bytes BLOB)";

    /// <summary>Takes rows out by their numbers; returns the minutes that they were counted in.</summary>
    public HashSet<UnixMinute> Remove(IReadOnlyCollection<long> numbers)
    {
        database.Execute(Tables);
        using var read = database.Prepare("SELECT first_key FROM blocks NOT INDEXED WHERE seq=?1");
        using var keep = database.Prepare("INSERT INTO refused(id, bytes) SELECT id, bytes FROM blocks NOT INDEXED WHERE seq=?1");
        using var delete = database.Prepare("DELETE FROM blocks WHERE seq=?1");
        var minutes = new HashSet<UnixMinute>();
        foreach (var number in numbers)
        {
            read.Bind(1, number);
            if (read.Step() && EventKey.TryParse(read.GetText(0), out var first))
            {
                minutes.Add(first.UnixMinute);
            }

            read.Reset();
            keep.Bind(1, number);
            keep.Run();
            delete.Bind(1, number);
            delete.Run();
        }

        return minutes;
    }

    /// <summary>
    /// Rewrites copysets whose members cannot be read, from their blocks. A copyset without any block is forgotten.
    /// </summary>
    public void Restore(IEnumerable<CopysetId> copysets)
    {
        using var write = database.Prepare("UPDATE copysets SET members=?2 WHERE id=?1");
        using var forget = database.Prepare("DELETE FROM copysets WHERE id=?1 AND NOT EXISTS (SELECT 1 FROM blocks NOT INDEXED WHERE copyset=?1)");
        foreach (var id in copysets)
        {
            if (ReadFromBlocks(id) is { } found)
            {
                write.Bind(1, id.Value);
                write.Bind(2, found.Format());
                write.Run();
            }
            else
            {
                forget.Bind(1, id.Value);
                forget.Run();
            }
        }
    }

    private RestoredMembers? ReadFromBlocks(CopysetId copyset)
    {
        using var blocks = database.Prepare("SELECT bytes FROM blocks NOT INDEXED WHERE copyset=?1");
        blocks.Bind(1, copyset.Value);
        var members = new RestoredCopyset(copyset);
        while (blocks.Step())
        {
            members.Add(blocks.GetBytes(0));
        }

        return members.Result;
    }
}
