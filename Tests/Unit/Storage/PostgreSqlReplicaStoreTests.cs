using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The PostgreSQL store: the common cases, and what is particular to its tables.</summary>
public sealed class PostgreSqlReplicaStoreTests : ReplicaStoreContract, IClassFixture<StorageServer>
{
    private readonly PostgreSqlStoreHarness _postgreSql;

    public PostgreSqlReplicaStoreTests(StorageServer server) : this(new PostgreSqlStoreHarness(server.ConnectionString))
    {
    }

    private PostgreSqlReplicaStoreTests(PostgreSqlStoreHarness postgreSql) : base(postgreSql) => _postgreSql = postgreSql;
}
