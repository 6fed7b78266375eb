using System.Text;
using AllData.Events;
using SQLitePCL;

namespace AllData.Storage.Sqlite;

/// <summary>A prepared statement: bind (from 1), step, read columns (from 0), reset. Bindings outlive a reset.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    public void Bind(int index, long value) => database.Check(raw.sqlite3_bind_int64(handle, index, value));

    /// <summary>Binds bytes, which are copied.</summary>
    public void Bind(int index, ReadOnlySpan<byte> value) => database.Check(raw.sqlite3_bind_blob(handle, index, value));

    public void Bind(int index, string value) => database.Check(raw.sqlite3_bind_text(handle, index, value));

    /// <summary>Binds a key in its text form, which sorts like the key.</summary>
    public void Bind(int index, EventKey key)
    {
        Span<byte> text = stackalloc byte[EventKey.TextLength];
        Encoding.ASCII.GetBytes(key.ToString(), text);
        database.Check(raw.sqlite3_bind_text(handle, index, text));
    }

    /// <summary>Moves to the next row; false when there is none.</summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The statement failed.</exception>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return result == raw.SQLITE_ROW;
        }

        // A statement that failed and is not reset would keep its read transaction open, and the log would grow behind it.
        _ = raw.sqlite3_reset(handle);
        database.Check(result);
        return false;
    }

    /// <summary>Moves to the next row; false when there is none, null when the statement failed. For files in which much may fail.</summary>
    public bool? TryStep()
    {
        var result = raw.sqlite3_step(handle);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return result == raw.SQLITE_ROW;
        }

        Reset();
        return null;
    }

    /// <summary>Makes it ready to run again; ends its read transaction.</summary>
    public void Reset() => _ = raw.sqlite3_reset(handle);

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public long GetInt64(int column) => raw.sqlite3_column_int64(handle, column);

    public int Columns => raw.sqlite3_column_count(handle);

    /// <summary>Whether a column has no value.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public string GetText(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>A column as bytes, valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> GetBytes(int column) => raw.sqlite3_column_blob(handle, column);

    public void Dispose() => handle.Dispose();
}
