using System.Data.Common;
using AllData.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>One file in WAL mode, shared by all silos of a machine: readers never wait, writers wait for each other's flush.</summary>
internal sealed class SqliteClusterDatabase(AllDataClusterOptions options, TimeProvider time, ILogger<ClusterDatabase> logger)
    : ClusterDatabase(options, time, logger)
{
    private const int Busy = 5;
    private const int Locked = 6;

    private static readonly ClusterScript Script = ClusterScript.Load("sqlite.sql");

    /// <summary>Orleans knows SQLite only by this name; the factory behind it is Microsoft.Data.Sqlite's.</summary>
    public override string Invariant => "System.Data.SQLite";

    /// <inheritdoc/>
    public override DbDataSource DataSource { get; } = new SqliteDataSource(options.DatabaseFile, flush: true);

    /// <summary>
    /// Without a flush. A heartbeat then holds the file's only write lock for 0.06 ms instead of 4: a silo that is stopped while it holds
    /// the lock keeps the others from declaring it dead, because nobody can take the lock from a process that is not gone.
    /// </summary>
    public override DbDataSource MembershipDataSource { get; } = new SqliteDataSource(options.DatabaseFile, flush: false);

    /// <inheritdoc/>
    protected override string Description => $"SQLite, {Path.GetFullPath(Options.DatabaseFile)}";

    /// <inheritdoc/>
    protected override string WayOut => "See that the file and its directory can be written, and that no other program holds it locked.";

    /// <inheritdoc/>
    protected override async Task ApplyAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Options.DatabaseFile))!);
        await using var connection = await DataSource.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, "PRAGMA journal_mode = WAL", cancellation);

        // Immediate: a transaction that first reads and then writes could not wait for another writer.
        await using var transaction = ((SqliteConnection)connection).BeginTransaction(deferred: false);
        await ApplyAsync(Script, connection, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <inheritdoc/>
    protected override bool MayPass(DbException error) => error is SqliteException { SqliteErrorCode: Busy or Locked };
}
