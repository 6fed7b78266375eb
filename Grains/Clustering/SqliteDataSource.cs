using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace AllData.Clustering;

/// <summary>Opens connections to one file in WAL mode that wait for a lock only briefly.</summary>
/// <param name="file">The file.</param>
/// <param name="flush">Whether a commit is flushed to disk; if not, the latest commits are lost with the power, and nothing else.</param>
internal sealed class SqliteDataSource(string file, bool flush) : DbDataSource
{
    /// <summary>
    /// In seconds. A waiting call holds a pool thread, and probes need threads. A lock is held for one flush (a few milliseconds), so a call that
    /// waits longer should fail and try again.
    /// </summary>
    private const int Timeout = 2;

    // SQLite's own wait tries again after 1 to 100 ms; the provider's, which comes after it, sleeps for 150 ms at a time.
    private readonly string _onOpen = $"PRAGMA busy_timeout = 1000; PRAGMA synchronous = {(flush ? "FULL" : "NORMAL")}";

    /// <inheritdoc/>
    public override string ConnectionString { get; } =
        new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(file), DefaultTimeout = Timeout }.ToString();

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection()
    {
        var connection = new SqliteConnection(ConnectionString);
        connection.StateChange += (sender, change) =>
        {
            if (change.CurrentState == ConnectionState.Open)
            {
                using var command = ((SqliteConnection)sender).CreateCommand();
                command.CommandText = _onOpen;
                command.ExecuteNonQuery();
            }
        };
        return connection;
    }
}
