using System.Numerics;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.PostgreSql;
using AllData.Storage.Replica;
using Npgsql;

namespace AllData.Tests.Support;

/// <summary>
/// The engine in PostgreSQL, in an empty database. What fails in the server is made to fail by triggers: a flush that fails is an error at commit,
/// a full disk an error at an insert. (A server whose log cannot be flushed ends itself; that is tested as its death.)
/// </summary>
internal sealed class PostgreSqlEngineHarness : IStorageEngineHarness
{
    private const string Fault = """
        CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = TG_ARGV[1]; END $$;
        """;

    private readonly NpgsqlConnection _connection;
    private string? _peer;

    /// <summary>Empties the database of a test class.</summary>
    public PostgreSqlEngineHarness(string connectionString)
    {
        ConnectionString = connectionString;
        _connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        _connection.Open();
        foreach (var schema in Query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'alldata\\_%'"))
        {
            Execute($"DROP SCHEMA {schema} CASCADE");
        }
    }

    /// <summary>How to reach the database.</summary>
    public string ConnectionString { get; }

    /// <inheritdoc/>
    public IStorageEngine Open(EngineSetting setting)
    {
        // Another peer finds this one's tables only if the schema was renamed, as with a swapped directory.
        var peer = setting.Identity.Peer.Value;
        if (_peer is not null && _peer != peer)
        {
            Execute($"ALTER SCHEMA {SchemaOf(_peer)} RENAME TO {SchemaOf(peer)}");
        }

        _peer = peer;
        return OpenEngine(ConnectionString, setting);
    }

    /// <summary>Opens a store in any database.</summary>
    public static IReplicaStore OpenAt(string connectionString, StorageOptions? options = null, string peer = "north-a") =>
        ReplicaStore.Open(EngineStores.SettingOf(options, peer: peer), setting => OpenEngine(connectionString, setting));

    /// <summary>The table of an interval's blocks.</summary>
    public static string TableOf(Interval interval) => $"alldata_north_a.blocks_{interval.ToString().ToLowerInvariant()}";

    /// <inheritdoc/>
    public void Damage(BlockId id)
    {
        var bytes = new byte[BlockId.BinaryLength];
        id.WriteTo(bytes);
        foreach (var table in Tables("blocks_%"))
        {
            Execute(
                $"UPDATE {table} SET bytes=set_byte(bytes, length(bytes)-1, get_byte(bytes, length(bytes)-1) # 1) WHERE id=$1", bytes);
        }
    }

    /// <inheritdoc/>
    public void Forge(BlockId id, byte[] bytes, CopysetId copyset, string members)
    {
        var idBytes = new byte[BlockId.BinaryLength];
        id.WriteTo(idBytes);
        foreach (var table in Tables("blocks_%"))
        {
            Execute($"UPDATE alldata_north_a.buckets SET copyset=$2 WHERE copyset=(SELECT copyset FROM {table} WHERE id=$1)", idBytes, copyset.Value);
            Execute($"UPDATE {table} SET bytes=$2, digest=$3, copyset=$4 WHERE id=$1", idBytes, bytes, bytes[8..24], copyset.Value);
        }

        WriteCopyset(default, copyset, members);
    }

    /// <inheritdoc/>
    public void WriteCopyset(Interval interval, CopysetId copyset, string members) => Execute(
        "INSERT INTO alldata_north_a.copysets(id, members) VALUES($1, $2) ON CONFLICT (id) DO UPDATE SET members=EXCLUDED.members",
        copyset.Value, members);

    /// <inheritdoc/>
    public IReadOnlyDictionary<CopysetId, string> ReadCopysets(Interval interval) =>
        Query("SELECT id || ' ' || members FROM alldata_north_a.copysets").ToDictionary(
            row => new CopysetId(long.Parse(row.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)), row => row.Split(' ')[1]);

    /// <inheritdoc/>
    public IReadOnlyList<BucketRow> ReadBuckets(Interval interval)
    {
        using var command = new NpgsqlCommand(
            "SELECT copyset, minute, blocks, events, digest_sum FROM alldata_north_a.buckets WHERE minute>=$1 AND minute<$2 ORDER BY copyset, minute",
            _connection)
        {
            Parameters = { new() { Value = interval.FirstMinute.Value }, new() { Value = interval.EndMinute.Value } },
        };
        using var reader = command.ExecuteReader();
        var rows = new List<BucketRow>();
        while (reader.Read())
        {
            rows.Add(new BucketRow(
                new(reader.GetInt64(0)), new(reader.GetInt64(1)), reader.GetInt64(2), reader.GetInt64(3), (UInt128)reader.GetFieldValue<BigInteger>(4)));
        }

        return rows;
    }

    /// <inheritdoc/>
    public void WriteBucket(Interval interval, BucketRow row)
    {
        DeleteBucket(interval, row.Copyset, row.Minute);
        Execute(
            "INSERT INTO alldata_north_a.buckets(copyset, minute, blocks, events, digest_sum) VALUES($1, $2, $3, $4, $5)",
            row.Copyset.Value, row.Minute.Value, row.Blocks, row.Events, (BigInteger)row.DigestSum);
    }

    /// <inheritdoc/>
    public void DeleteBucket(Interval interval, CopysetId copyset, UnixMinute minute) =>
        Execute("DELETE FROM alldata_north_a.buckets WHERE copyset=$1 AND minute=$2", copyset.Value, minute.Value);

    /// <inheritdoc/>
    public void ForgetTopics(Interval interval) => Execute("DELETE FROM alldata_north_a.topics");

    /// <inheritdoc/>
    public void ForgetLate(Interval interval) => Execute("DELETE FROM alldata_north_a.late");

    /// <inheritdoc/>
    public void LoseInterval(Interval interval) => Execute($"DROP TABLE {TableOf(interval)}");

    /// <inheritdoc/>
    public void FailFlushes()
    {
        Execute(Fault);
        foreach (var table in Tables("%"))
        {
            Execute($"""
                CREATE CONSTRAINT TRIGGER fault AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION fault('58030', 'could not flush')
                """);
        }
    }

    /// <inheritdoc/>
    public void FillDisk()
    {
        Execute(Fault);
        foreach (var table in Tables("%"))
        {
            Execute($"CREATE TRIGGER fault BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fault('53100', 'could not extend file')");
        }
    }

    /// <inheritdoc/>
    public void Mend() => Execute("DROP FUNCTION IF EXISTS fault CASCADE");

    /// <summary>Runs a statement behind the store's back.</summary>
    public void Execute(string sql, params object[] parameters)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the rows of a query, as text.</summary>
    public List<string> Query(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetValue(0).ToString()!);
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static string SchemaOf(string peer) => "alldata_" + peer.Replace('-', '_');

    private List<string> Tables(string pattern) =>
        Query($"SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname LIKE 'alldata\\_%' AND tablename LIKE '{pattern}'");

    private static PostgreSqlEngine OpenEngine(string connectionString, EngineSetting setting)
    {
        setting.Options.Provider = StorageProvider.PostgreSql;
        setting.Options.ConnectionString = connectionString;
        return PostgreSqlEngine.Open(setting);
    }
}
