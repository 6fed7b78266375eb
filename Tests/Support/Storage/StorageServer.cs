namespace AllData.Tests.Support;

/// <summary>A PostgreSQL server with one database, for the storage tests of a class.</summary>
public sealed class StorageServer : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public PostgreSqlServer Server { get; } = new();

    /// <summary>How to reach the database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        await Server.InitializeAsync();
        ConnectionString = await Server.CreateDatabaseAsync();
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Server.DisposeAsync();
}
