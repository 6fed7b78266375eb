using System.Data.Common;
using AllData.Clustering;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Cluster;

/// <summary>Making the cluster database ready.</summary>
public sealed class ClusterDatabaseTests(ClusterDatabases databases) : IClassFixture<ClusterDatabases>
{
    public static TheoryData<ClusterDatabaseProvider> Providers => [ClusterDatabaseProvider.Sqlite, ClusterDatabaseProvider.PostgreSql];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Preparing_again_changes_nothing(ClusterDatabaseProvider provider)
    {
        await using var database = Open(await databases.CreateAsync(provider));
        await database.PrepareAsync(default);
        await Execute(database, "INSERT INTO OrleansMembershipVersionTable (DeploymentId, Version) VALUES ('kept', 7)");
        var queries = await Query(database, "SELECT QueryKey, QueryText FROM OrleansQuery ORDER BY QueryKey");

        await database.PrepareAsync(default);

        Assert.Equal(13, queries.Count);
        Assert.Equal(queries, await Query(database, "SELECT QueryKey, QueryText FROM OrleansQuery ORDER BY QueryKey"));
        Assert.Equal(["kept|7"], await Query(database, "SELECT DeploymentId, Version FROM OrleansMembershipVersionTable"));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Statements_of_an_older_release_are_brought_up_to_date(ClusterDatabaseProvider provider)
    {
        await using var database = Open(await databases.CreateAsync(provider));
        await database.PrepareAsync(default);
        await Execute(database, "UPDATE OrleansQuery SET QueryText = 'old' WHERE QueryKey = 'GatewaysQueryKey'");

        await database.PrepareAsync(default);

        Assert.Empty(await Query(database, "SELECT QueryKey, QueryText FROM OrleansQuery WHERE QueryText = 'old'"));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Many_silos_may_prepare_the_same_new_database_at_once(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        var silos = Enumerable.Range(0, 12).Select(_ => Open(options)).ToArray();

        await Task.WhenAll(silos.Select(silo => Task.Run(() => silo.PrepareAsync(default))));

        Assert.Equal(13, (await Query(silos[0], "SELECT QueryKey, QueryKey FROM OrleansQuery")).Count);
        foreach (var silo in silos)
        {
            await silo.DisposeAsync();
        }
    }

    [Fact]
    public async Task On_SQLite_grain_state_is_flushed_and_heartbeats_are_not()
    {
        await using var database = (SqliteClusterDatabase)Open(await databases.CreateAsync(ClusterDatabaseProvider.Sqlite));
        await database.PrepareAsync(default);

        Assert.Equal(2L, await Scalar(database.DataSource, "PRAGMA synchronous"));
        Assert.Equal(1L, await Scalar(database.MembershipDataSource, "PRAGMA synchronous"));
        Assert.Equal("wal", await Scalar(database.MembershipDataSource, "PRAGMA journal_mode"));
    }

    [Fact]
    public async Task A_PostgreSQL_that_is_just_starting_is_waited_for()
    {
        await using var server = new DisposableServer();
        await server.Value.InitializeAsync();
        var options = new AllDataClusterOptions
        {
            Provider = ClusterDatabaseProvider.PostgreSql,
            ConnectionString = await server.Value.CreateDatabaseAsync(),
        };
        await server.Value.StopAsync();

        await using var database = Open(options);
        var preparation = database.PrepareAsync(default);
        server.Value.StartWithoutWaiting();

        await preparation;
        Assert.Equal(13, (await Query(database, "SELECT QueryKey, QueryKey FROM OrleansQuery")).Count);
    }

    [Fact]
    public async Task A_PostgreSQL_that_stays_away_is_given_up_with_a_sentence()
    {
        await using var database = Open(new()
        {
            Provider = ClusterDatabaseProvider.PostgreSql,
            ConnectionString = "Host=127.0.0.1;Port=1;Username=nobody;Password=secret;Database=none",
            DatabaseWait = TimeSpan.FromSeconds(1),
        });

        var refusal = await Assert.ThrowsAsync<ClusterDatabaseException>(() => database.PrepareAsync(default));

        Assert.Contains("PostgreSQL, 127.0.0.1:1/none", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("See that the server runs", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PostgreSQL_without_the_database_is_not_waited_for()
    {
        var options = await databases.CreateAsync(ClusterDatabaseProvider.PostgreSql);
        await using var database = Open(new()
        {
            Provider = options.Provider,
            ConnectionString = options.ConnectionString + "missing",
            DatabaseWait = TimeSpan.FromHours(1),
        });

        var refusal = await Assert.ThrowsAsync<ClusterDatabaseException>(() => database.PrepareAsync(default));

        Assert.Contains("does not exist", refusal.Message, StringComparison.Ordinal);
    }

    private static ClusterDatabase Open(AllDataClusterOptions options) =>
        ClusterDatabase.Create(options, TimeProvider.System, NullLogger<ClusterDatabase>.Instance);

    private static async Task<object?> Scalar(DbDataSource source, string sql)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    private static async Task Execute(ClusterDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> Query(ClusterDatabase database, string sql)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add($"{reader.GetValue(0)}|{reader.GetValue(1)}");
        }

        return rows;
    }

    private sealed class DisposableServer : IAsyncDisposable
    {
        public PostgreSqlServer Value { get; } = new();

        public async ValueTask DisposeAsync() => await Value.DisposeAsync();
    }
}
