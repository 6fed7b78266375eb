using System.Globalization;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>A connection as the server knows it, so that its successor can tell it from another one with the same number.</summary>
internal sealed record ServerSession(int ProcessId, DateTime StartedAt);

/// <summary>
/// The lock on a schema, held by the session that writes, so that a session that has lost it can no longer write. The server frees it when that
/// session has ended; then the next holder knows that nothing of the session before is still in flight.
/// </summary>
internal static class SchemaLock
{
    private const string HolderSql = """
        SELECT a.pid, a.application_name, coalesce(host(a.client_addr), 'a local socket'), a.backend_start
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid=l.pid
        WHERE l.locktype='advisory' AND l.granted AND l.objsubid=1 AND ((l.classid::bigint << 32) | l.objid::bigint)=$1
            AND l.database=(SELECT oid FROM pg_database WHERE datname=current_database())
        """;

    /// <summary>Takes the lock; waits a little for a holder that is about to end.</summary>
    /// <param name="connection">The connection to write with.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="before">This process's former session, which the server may not know to be dead; null: none.</param>
    /// <returns>This session.</returns>
    /// <exception cref="ReplicaStoreException">Another session holds it; the message names it.</exception>
    public static ServerSession Take(NpgsqlConnection connection, PostgreSqlSchema schema, TimeSpan wait, ServerSession? before)
    {
        if (before is not null)
        {
            End(connection, before);
        }

        try
        {
            var milliseconds = ((long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            using var take = new NpgsqlCommand($"SET lock_timeout={milliseconds}; SELECT pg_advisory_lock({schema.LockKey}); RESET lock_timeout", connection);
            take.CommandTimeout = (int)wait.TotalSeconds + take.CommandTimeout;
            take.ExecuteNonQuery();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new ReplicaStoreException(
                $"Schema {schema.Name} of database {connection.Database} is in use by {FindHolder(connection, schema)}. Stop that process, or give "
                + "this silo's peer a name of its own.", e);
        }

        return FindOwnSession(connection);
    }

    private static void End(NpgsqlConnection connection, ServerSession session)
    {
        using var end = new NpgsqlCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid=$1 AND backend_start=$2", connection)
        {
            Parameters = { new() { Value = session.ProcessId }, new() { Value = session.StartedAt } },
        };
        end.ExecuteNonQuery();
    }

    private static ServerSession FindOwnSession(NpgsqlConnection connection)
    {
        using var find = new NpgsqlCommand("SELECT pid, backend_start FROM pg_stat_activity WHERE pid=pg_backend_pid()", connection);
        using var reader = find.ExecuteReader();
        reader.Read();
        return new ServerSession(reader.GetInt32(0), reader.GetDateTime(1));
    }

    private static string FindHolder(NpgsqlConnection connection, PostgreSqlSchema schema)
    {
        using var find = new NpgsqlCommand(HolderSql, connection) { Parameters = { new() { Value = schema.LockKey } } };
        using var reader = find.ExecuteReader();
        return reader.Read()
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"'{reader.GetString(1)}' (server process {reader.GetInt32(0)}, from {reader.GetString(2)}, since {reader.GetDateTime(3):u})")
            : "a session that has just ended";
    }
}
