using System.Globalization;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Sqlite;

/// <summary>What an interval file says of itself: its table <c>meta</c>.</summary>
internal static class IntervalMeta
{
    private const string StateName = "state";
    private const string ClosedState = "closed";

    /// <summary>Whether the file's writer has promised that it takes no more puts.</summary>
    public static bool IsPromisedClosed(SqliteDatabase database) => Read(database, StateName) == ClosedState;

    /// <summary>Promises durably, when this returns, that the file takes no more puts.</summary>
    public static void PromiseClosed(SqliteDatabase database) => WriteDurably(database, [(StateName, ClosedState)]);

    /// <summary>Writes what a closed file holds into it.</summary>
    public static void WriteSums(SqliteDatabase database, ContentSum sum, DateTimeOffset closedAt) => WriteDurably(
        database,
        [
            ("blocks", sum.Blocks.ToString(CultureInfo.InvariantCulture)),
            ("events", sum.Events.ToString(CultureInfo.InvariantCulture)),
            ("digest", sum.DigestSum.ToString()),
            ("closed_at", closedAt.ToString("O", CultureInfo.InvariantCulture)),
        ]);

    /// <summary>A value of the table of what is known of the file; null when it is not there.</summary>
    public static string? Read(SqliteDatabase database, string name)
    {
        using var select = database.Prepare("SELECT value FROM meta WHERE name=?1");
        select.Bind(1, name);
        return select.Step() ? select.GetText(0) : null;
    }

    /// <summary>Writes rows, within the transaction that is open.</summary>
    public static void Write(SqliteDatabase database, ReadOnlySpan<(string Name, string Value)> rows)
    {
        using var insert = database.Prepare("INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)");
        foreach (var (name, value) in rows)
        {
            insert.Bind(1, name);
            insert.Bind(2, value);
            insert.Run();
        }
    }

    private static void WriteDurably(SqliteDatabase database, ReadOnlySpan<(string Name, string Value)> rows)
    {
        database.Execute("BEGIN IMMEDIATE");
        Write(database, rows);
        database.Execute("COMMIT");
    }
}
