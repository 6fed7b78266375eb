using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AllData.Clustering;

/// <summary>A PostgreSQL database that all silos reach.</summary>
internal sealed class PostgreSqlClusterDatabase(AllDataClusterOptions options, TimeProvider time, ILogger<ClusterDatabase> logger)
    : ClusterDatabase(options, time, logger)
{
    /// <summary>Any number that no other program in the same database locks: ASCII "AllData".</summary>
    private const long PreparationLock = 0x41_6C_6C_44_61_74_61;

    /// <summary>In seconds, unless the connection string says otherwise: a silo must not hang on a database that is away.</summary>
    private const int ConnectTimeout = 3;

    /// <summary>In seconds, unless the connection string says otherwise.</summary>
    private const int CommandTimeout = 5;

    private static readonly ClusterScript Script = ClusterScript.Load("postgresql.sql");

    private readonly NpgsqlDataSource _dataSource = NpgsqlDataSource.Create(WithBounds(options.ConnectionString));

    /// <inheritdoc/>
    public override string Invariant => "Npgsql";

    /// <inheritdoc/>
    public override DbDataSource DataSource => _dataSource;

    /// <inheritdoc/>
    protected override string Description
    {
        get
        {
            var builder = new NpgsqlConnectionStringBuilder(Options.ConnectionString);
            return string.Create(CultureInfo.InvariantCulture, $"PostgreSQL, {builder.Host}:{builder.Port}/{builder.Database}");
        }
    }

    /// <inheritdoc/>
    protected override string WayOutOf(Exception error) =>
        $"See that the server runs, that the database exists, and that {AllDataClusterOptions.Section}:ConnectionString is right.";

    /// <inheritdoc/>
    protected override async Task ApplyAsync(CancellationToken cancellation)
    {
        await using var connection = await DataSource.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);

        // CREATE … IF NOT EXISTS alone fails when two sessions create the same table at the same moment.
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({PreparationLock})", cancellation);
        await ApplyAsync(Script, connection, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <inheritdoc/>
    protected override bool MayPass(DbException error) => error switch
    {
        PostgresException refused => refused.IsTransient,
        _ => true,
    };

    private static string WithBounds(string connectionString)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        builder.Timeout = given.ContainsKey("Timeout") ? builder.Timeout : ConnectTimeout;
        builder.CommandTimeout = given.ContainsKey("Command Timeout") ? builder.CommandTimeout : CommandTimeout;
        builder.ApplicationName ??= "alldata";
        return builder.ToString();
    }
}
