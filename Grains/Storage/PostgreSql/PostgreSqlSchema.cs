using System.Globalization;
using System.IO.Hashing;
using System.Text;
using AllData.Intervals;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>The schema of one peer: its name, its tables, and its owner.</summary>
internal sealed class PostgreSqlSchema(ReplicaStoreIdentity identity)
{
    /// <summary>Version of the tables, kept in <c>meta</c>.</summary>
    public const int FormatVersion = 1;

    /// <summary>Version of the tables of a schema that has blocks with topics: an earlier program must not take these for damaged ones.</summary>
    public const int TopicFormatVersion = 2;

    /// <summary>Version of the tables of a schema that has blocks of late events, with topics or without.</summary>
    public const int LateFormatVersion = 3;

    private const string VersionName = "format_version";

    private const string Prefix = "alldata_";

    // PostgreSQL truncates longer names silently, and two peers could end up in one schema.
    private const int MaxNameLength = 63;

    /// <summary>Its name: <c>alldata_</c> and the peer's name with underscores; a hash takes the place of the end of a long one.</summary>
    public string Name { get; } = NameOf(identity.Peer.Value);

    /// <summary>What the lock on the schema is called in its database.</summary>
    public long LockKey => unchecked((long)XxHash3.HashToUInt64(Encoding.ASCII.GetBytes(Name)));

    /// <summary>The table of an interval's blocks.</summary>
    public string TableOf(Interval interval) => $"{Name}.blocks_{interval.ToString().ToLowerInvariant()}";

    /// <summary>Any other table.</summary>
    public string Table(string name) => $"{Name}.{name}";

    /// <summary>
    /// Makes the table of an interval, with two indexes: every further one costs each append more than a tenth. A block is found by its id or by
    /// its place among the keys. The bytes are kept as they are: compressing costs more than it saves.
    /// </summary>
    public string CreateInterval(Interval interval)
    {
        var table = TableOf(interval);
        var bare = $"blocks_{interval.ToString().ToLowerInvariant()}";
        return $"""
            CREATE TABLE {table}(seq bigint GENERATED ALWAYS AS IDENTITY, id bytea PRIMARY KEY, copyset bigint NOT NULL,
                first_key text COLLATE "C" NOT NULL, last_key text COLLATE "C" NOT NULL, width smallint NOT NULL, events integer NOT NULL,
                digest bytea NOT NULL, minute bigint NOT NULL, digest_sum numeric(39) NOT NULL, bytes bytea NOT NULL);
            ALTER TABLE {table} ALTER COLUMN bytes SET STORAGE EXTERNAL;
            CREATE INDEX {bare}_by_key ON {table}(width, first_key, last_key, seq);
            INSERT INTO {Name}.intervals(interval, from_minute, to_minute)
            VALUES ('{interval}', {interval.FirstMinute.Value}, {interval.EndMinute.Value}) ON CONFLICT DO NOTHING;
            """;
    }

    /// <summary>
    /// Makes the table that says which blocks are of which topic, if it is missing. It comes with the first such block: until then the schema is as before, and
    /// an earlier program reads it.
    /// </summary>
    public string CreateTopics() => $"""
        BEGIN;
        CREATE TABLE IF NOT EXISTS {Name}.topics(topic text COLLATE "C", first_key text COLLATE "C", last_key text COLLATE "C", seq bigint,
            minute bigint NOT NULL, copyset bigint NOT NULL, length integer NOT NULL, PRIMARY KEY(topic, first_key, last_key, seq));
        CREATE INDEX IF NOT EXISTS topics_by_minute ON {Name}.topics(minute);
        {NoteVersion(TopicFormatVersion)}
        COMMIT;
        """;

    /// <summary>Makes the table of blocks of late events by arrival, if it is missing. It comes with the first such block, like that of topics.</summary>
    public string CreateLate() => $"""
        BEGIN;
        CREATE TABLE IF NOT EXISTS {Name}.late(arrival text COLLATE "C", seq bigint, minute bigint NOT NULL, last_arrival text COLLATE "C" NOT NULL,
            first_key text COLLATE "C" NOT NULL, last_key text COLLATE "C" NOT NULL, events integer NOT NULL, PRIMARY KEY(arrival, seq));
        CREATE INDEX IF NOT EXISTS late_by_minute ON {Name}.late(minute);
        ALTER TABLE {Name}.intervals ADD COLUMN IF NOT EXISTS lost_at timestamptz;
        {NoteVersion(LateFormatVersion)}
        COMMIT;
        """;

    /// <summary>Whether the schema has blocks with topics.</summary>
    public bool HasTopics(NpgsqlConnection connection) => Exists(connection, "topics");

    /// <summary>Whether the schema has blocks of late events.</summary>
    public bool HasLate(NpgsqlConnection connection) => Exists(connection, "late");

    /// <summary>Creates the schema if it is missing, and checks which peer it belongs to. The lock on it must be held.</summary>
    /// <exception cref="ReplicaStoreException">It belongs to another peer, or has another version; the message names both.</exception>
    public void Prepare(NpgsqlConnection connection)
    {
        if (!Exists(connection, "meta"))
        {
            Create(connection);
        }

        var found = ReadMeta(connection);
        var version = int.TryParse(found.GetValueOrDefault(VersionName), CultureInfo.InvariantCulture, out var one)
            && one is TopicFormatVersion or LateFormatVersion ? one : FormatVersion;
        foreach (var (name, expected) in IdentityRows(version))
        {
            var actual = found.GetValueOrDefault(name, "");
            if (!identity.IsOurs(name, actual, expected))
            {
                throw new ReplicaStoreException(
                    $"Schema {Name} of database {connection.Database} belongs to {name} '{actual}', not to '{expected}'. Connect to the database "
                    + "of this peer, or rename the schema back: other peers hold its blocks too.");
            }
        }
    }

    /// <summary>The interval of a row of <c>intervals</c>.</summary>
    /// <exception cref="ReplicaStoreException">It does not have the cluster's length.</exception>
    public Interval Parse(string name)
    {
        if (DateTimeOffset.TryParseExact(
                name, "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)
            && start.ToUnixTimeMilliseconds() >= 0)
        {
            var interval = Interval.Containing(start.ToUnixTimeMilliseconds(), identity.IntervalLength);
            if (interval.StartUnixMilliseconds == start.ToUnixTimeMilliseconds())
            {
                return interval;
            }
        }

        throw new ReplicaStoreException($"Table {Name}.intervals has '{name}', which is not an interval of {identity.IntervalLength}. Remove that row.");
    }

    // A version only rises. They have one digit.
    private string NoteVersion(int version) =>
        $"UPDATE {Name}.meta SET value='{VersionText(version)}' WHERE name='{VersionName}' AND value<'{VersionText(version)}';";

    private bool Exists(NpgsqlConnection connection, string table)
    {
        using var command = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = Table(table) } } };
        return (bool)command.ExecuteScalar()!;
    }

    private void Create(NpgsqlConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        using var create = new NpgsqlCommand(
            $"""
            CREATE SCHEMA IF NOT EXISTS {Name};
            CREATE TABLE {Name}.meta(name text PRIMARY KEY, value text NOT NULL);
            CREATE TABLE {Name}.intervals(interval text PRIMARY KEY, from_minute bigint NOT NULL, to_minute bigint NOT NULL, closed_at timestamptz,
                blocks bigint, events bigint, digest_sum numeric(39), bytes bigint, damage text);
            CREATE TABLE {Name}.copysets(id bigint PRIMARY KEY, members text NOT NULL);
            CREATE TABLE {Name}.buckets(copyset bigint, minute bigint, blocks bigint NOT NULL, events bigint NOT NULL,
                digest_sum numeric(39) NOT NULL, PRIMARY KEY(minute, copyset));
            """,
            connection);
        create.ExecuteNonQuery();
        foreach (var (name, value) in IdentityRows(FormatVersion))
        {
            using var insert = new NpgsqlCommand($"INSERT INTO {Name}.meta(name, value) VALUES($1, $2)", connection)
            {
                Parameters = { new() { Value = name }, new() { Value = value } },
            };
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private Dictionary<string, string> ReadMeta(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand($"SELECT name, value FROM {Name}.meta", connection);
        using var reader = command.ExecuteReader();
        var found = new Dictionary<string, string>();
        while (reader.Read())
        {
            found.Add(reader.GetString(0), reader.GetString(1));
        }

        return found;
    }

    // The version first: nothing else of an unknown version may be believed.
    private (string Name, string Value)[] IdentityRows(int version) =>
    [
        (VersionName, VersionText(version)),
        ("cluster_id", identity.ClusterId.ToString()),
        ("peer_id", identity.Peer.Value),
        ("interval_seconds", ((long)identity.IntervalLength.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
    ];

    private static string VersionText(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(string peer)
    {
        var name = Prefix + peer.Replace('-', '_');
        var hash = XxHash3.HashToUInt64(Encoding.ASCII.GetBytes(peer)).ToString("x16", CultureInfo.InvariantCulture);
        return name.Length <= MaxNameLength ? name : name[..(MaxNameLength - hash.Length)] + hash;
    }
}
