using AllData.Clustering;

namespace AllData.Tests.Support;

/// <summary>A fresh cluster database for each test, of either kind; files and server go with the test class.</summary>
public sealed class ClusterDatabases : IAsyncLifetime
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("alldata-cluster-");
    private readonly PostgreSqlServer _server = new();
    private int _files;

    /// <summary>The server behind the PostgreSQL databases.</summary>
    public PostgreSqlServer Server => _server;

    /// <summary>Options for a database that is not in use yet.</summary>
    public async Task<AllDataClusterOptions> CreateAsync(ClusterDatabaseProvider provider) => provider switch
    {
        ClusterDatabaseProvider.PostgreSql => new() { Provider = provider, ConnectionString = await _server.CreateDatabaseAsync() },
        _ => new() { DatabaseFile = Path.Combine(_home.FullName, $"{Interlocked.Increment(ref _files)}", "cluster.db") },
    };

    /// <inheritdoc/>
    public Task InitializeAsync() => _server.InitializeAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _home.Delete(recursive: true);
    }
}
