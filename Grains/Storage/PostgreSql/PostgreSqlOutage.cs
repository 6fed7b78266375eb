using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>
/// Distinguishes a server that is away, which comes back with everything that it ever acknowledged, from one that failed to write.
/// </summary>
internal static class PostgreSqlOutage
{
    private const string IdleInTransactionTimeout = "25P03";
    private const string IdleSessionTimeout = "57P05";

    /// <summary>Whether an error means that the connection or the server went away, so that trying again is right.</summary>
    public static bool Is(Exception error) => error switch
    {
        PostgresException refused => Is(refused.SqlState),
        NpgsqlException or TimeoutException or IOException => true,
        _ => false,
    };

    // By name, not by Npgsql's IsTransient: that one counts a full disk and a failed write as transient too.
    private static bool Is(string state) => state.StartsWith("08", StringComparison.Ordinal) || state is
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DeadlockDetected
        or IdleInTransactionTimeout or IdleSessionTimeout;
}
