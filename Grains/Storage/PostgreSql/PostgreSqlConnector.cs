using System.Data.Common;
using System.Globalization;
using AllData.Peers;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Opens connections to the database that holds a peer's schema.</summary>
internal sealed class PostgreSqlConnector
{
    /// <summary>In seconds, unless the connection string says otherwise: a store must not hang on a server that is away.</summary>
    private const int ConnectTimeout = 5;

    /// <summary>In seconds, unless the connection string says otherwise. A server that takes longer counts as away.</summary>
    private const int CommandTimeout = 10;

    // A few statements for each interval in use; the least recently used one is dropped.
    private const int MaxPreparedStatements = 64;

    // The server truncates longer ones.
    private const int MaxApplicationName = 63;

    // Nested loops over the index of key spans, whatever the statistics of a table that was empty a minute ago say; and a plan that is
    // made once, because making one for all classes of width costs more than running it.
    private const string Plans =
        "SET enable_seqscan=off; SET enable_bitmapscan=off; SET enable_hashjoin=off; SET enable_mergejoin=off; SET enable_sort=off; "
        + "SET jit=off; SET plan_cache_mode=force_generic_plan; ";

    // Without these, the server would keep the lock for two hours after a machine has lost its power.
    private const string KeepAlives = "SET tcp_keepalives_idle=5; SET tcp_keepalives_interval=2; SET tcp_keepalives_count=3; ";

    private const string ReadSettings = KeepAlives + Plans + "SET default_transaction_read_only=on";

    private readonly string _connectionString;

    /// <summary>Takes the operator's connection string.</summary>
    public PostgreSqlConnector(string connectionString, PeerId peer)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var name = $"alldata process {Environment.ProcessId} on {Environment.MachineName}, peer {peer}";
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Enlist = false,
            MaxAutoPrepare = MaxPreparedStatements,
            AutoPrepareMinUsages = 2,
            ApplicationName = name[..Math.Min(name.Length, MaxApplicationName)],
        };
        builder.Timeout = given.ContainsKey("Timeout") ? builder.Timeout : ConnectTimeout;
        builder.CommandTimeout = given.ContainsKey("Command Timeout") ? builder.CommandTimeout : CommandTimeout;
        _connectionString = builder.ToString();
        Place = string.Create(CultureInfo.InvariantCulture, $"PostgreSQL, {builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}");
    }

    /// <summary>Where it is, without user or password.</summary>
    public string Place { get; }

    /// <summary>What is wrong with a connection string; null when nothing is. The text itself is not repeated: it may hold a password.</summary>
    public static string? Refuse(string connectionString)
    {
        const string Example = "write Host=…;Database=…;Username=…;Password=…";
        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host)
                ? $"names no host; with Provider=PostgreSql {Example}."
                : null;
        }
        catch (ArgumentException e)
        {
            return $"is not understood ({e.Message}); {Example}.";
        }
    }

    /// <summary>Opens a connection to write with. A commit on it is flushed before it is answered, whatever the server's default.</summary>
    public NpgsqlConnection OpenForWriting() => Open(KeepAlives + Plans + "SET synchronous_commit=on");

    /// <summary>Opens a connection to read with.</summary>
    public NpgsqlConnection OpenForReading() => Open(ReadSettings);

    /// <summary>Opens a new connection to read with: Npgsql gives a connection up after the server has found damage; the server does not.</summary>
    public static void ReopenForReading(NpgsqlConnection connection)
    {
        connection.Close();
        connection.Open();
        using var command = new NpgsqlCommand(ReadSettings, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Checks that what the server answers as committed is on disk.</summary>
    /// <exception cref="ReplicaStoreException">The server does not flush.</exception>
    public static void RequireFlushes(NpgsqlConnection connection, string place)
    {
        using var command = new NpgsqlCommand("SHOW fsync", connection);
        if (command.ExecuteScalar() as string != "on")
        {
            throw new ReplicaStoreException(
                $"{place} runs with fsync=off: what it acknowledges is lost with the power. Set fsync=on in postgresql.conf and restart the server.");
        }
    }

    private NpgsqlConnection Open(string settings)
    {
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            connection.Open();
            using var command = new NpgsqlCommand(settings, connection);
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
