using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace AllData.Clustering;

/// <summary>
/// The database of the cluster's membership and the grains' own state: how it is reached, and how it is made ready for Orleans' ADO.NET
/// providers. Any number of processes may prepare it at once, any number of times.
/// </summary>
internal abstract partial class ClusterDatabase(AllDataClusterOptions options, TimeProvider time, ILogger<ClusterDatabase> logger)
    : IAsyncDisposable
{
    private const string LaterEntries = "DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation > @Generation";

    private const string RaiseStatement =
        "UPDATE OrleansMembershipVersionTable SET Version = Version + 1 WHERE DeploymentId = @DeploymentId "
        + $"AND EXISTS (SELECT 1 FROM OrleansMembershipTable WHERE {LaterEntries})";

    private const string RemoveStatement = $"DELETE FROM OrleansMembershipTable WHERE {LaterEntries}";

    private const string HeartbeatStatement =
        "UPDATE OrleansMembershipTable SET IAmAliveTime = @Now WHERE DeploymentId = @DeploymentId AND Status <> 6 AND IAmAliveTime > @Latest";

    private static readonly TimeSpan HeartbeatTolerance = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Orleans' name of the ADO.NET provider.</summary>
    public abstract string Invariant { get; }

    /// <summary>Opens connections whose commits are flushed to disk.</summary>
    public abstract DbDataSource DataSource { get; }

    /// <summary>Opens connections for the membership alone, which is worthless after all silos have lost power at once.</summary>
    public virtual DbDataSource MembershipDataSource => DataSource;

    /// <summary>Host and database, or file, for people; never a password.</summary>
    protected abstract string Description { get; }

    /// <summary>What to do when it cannot be reached or prepared.</summary>
    protected abstract string WayOutOf(Exception error);

    private protected AllDataClusterOptions Options { get; } = options;

    /// <summary>The database that the options name.</summary>
    public static ClusterDatabase Create(AllDataClusterOptions options, TimeProvider time, ILogger<ClusterDatabase> logger) =>
        options.Provider == ClusterDatabaseProvider.PostgreSql
            ? new PostgreSqlClusterDatabase(options, time, logger)
            : new SqliteClusterDatabase(options, time, logger);

    /// <summary>
    /// Refuses a database that has lost the registry of a cluster which data directories belong to: preparing it would begin another cluster. What
    /// cannot be told here, the registry itself refuses.
    /// </summary>
    /// <param name="dataDirectory">The data directory of the silo that starts; null when it has none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ClusterDatabaseException">It has; the message names the way out.</exception>
    public virtual Task RefuseLossAsync(string? dataDirectory, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Creates what is missing and brings Orleans' statements up to date; no change when all is there. Waits for a database that is only
    /// just starting, at most <see cref="AllDataClusterOptions.DatabaseWait"/>.
    /// </summary>
    /// <exception cref="ClusterDatabaseException">It cannot be reached or not be prepared.</exception>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ApplyAsync(cancellation);
                LogPrepared(Description, attempt);
                return;
            }
            catch (DbException e)
            {
                if (!MayPass(e) || time.GetElapsedTime(started) >= Options.DatabaseWait)
                {
                    throw Unprepared(e, attempt, time.GetElapsedTime(started));
                }

                LogNotReadyYet(Description, attempt, e.Message);
                await Task.Delay(RetryInterval, time, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unprepared(e, attempt, time.GetElapsedTime(started));
            }
        }
    }

    /// <summary>
    /// Removes what an endpoint's process finds later than itself, which is not possible while clocks are right, and sets heartbeats of the future to
    /// now: a silo that is alive writes its next one within a second. To declare them dead would not do: Orleans takes a silo for dead when
    /// its endpoint has a later entry, dead or alive.
    /// </summary>
    /// <param name="cluster">The cluster's id.</param>
    /// <param name="address">The endpoint's address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="generation">The generation of the process that starts there.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>How many entries were removed.</returns>
    /// <exception cref="ClusterDatabaseException">The database does not answer.</exception>
    public async Task<int> RetireFutureEntriesAsync(string cluster, string address, int port, int generation, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await DataSource.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            (string, object)[] later = [("DeploymentId", cluster), ("Address", address), ("Port", port), ("Generation", generation)];

            // The version first, as every writer does: it is the lock.
            await ExecuteAsync(connection, RaiseStatement, cancellation, later);
            var removed = await ExecuteAsync(connection, RemoveStatement, cancellation, later);
            var now = time.GetUtcNow().UtcDateTime;
            await ExecuteAsync(connection, HeartbeatStatement, cancellation, ("DeploymentId", cluster), ("Now", now), ("Latest", now + HeartbeatTolerance));
            await transaction.CommitAsync(cancellation);
            return removed;
        }
        catch (DbException e)
        {
            throw new ClusterDatabaseException(
                $"The cluster database ({Description}) did not let entries of the future be retired: {e.Message.TrimEnd('.')}. {WayOutOf(e)}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DataSource.DisposeAsync();

    /// <summary>Applies schema and statements in one transaction that excludes other processes doing the same.</summary>
    protected abstract Task ApplyAsync(CancellationToken cancellation);

    /// <summary>Whether waiting can help: the server is starting, the file is locked.</summary>
    protected abstract bool MayPass(DbException error);

    private protected static async Task ApplyAsync(ClusterScript script, DbConnection connection, CancellationToken cancellation)
    {
        await ExecuteAsync(connection, script.Schema, cancellation);
        foreach (var (key, text) in script.Queries)
        {
            await using var command = connection.CreateCommand();
            command.CommandText =
                """
                INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES (@QueryKey, @QueryText)
                ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText WHERE OrleansQuery.QueryText <> excluded.QueryText
                """;
            AddParameter(command, "QueryKey", key);
            AddParameter(command, "QueryText", text);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private protected static async Task<int> ExecuteAsync(
        DbConnection connection, string sql, CancellationToken cancellation, params (string Name, object Value)[] parameters)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            AddParameter(command, name, value);
        }

        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static void AddParameter(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    private ClusterDatabaseException Unprepared(Exception error, int attempts, TimeSpan elapsed) => new(
        $"The cluster database ({Description}) could not be prepared in {elapsed.TotalSeconds:0.0} s and {attempts} attempt(s): "
            + $"{error.Message.TrimEnd('.')}. {WayOutOf(error)}",
        error);
}
