using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>
/// Takes rows that no coordinator can have formed out of an interval's table: they are copies of nothing, no peer has a better copy, and no peer
/// would accept them. Their bytes are kept in the table <c>refused</c>. Uses the writer's connection.
/// </summary>
internal sealed class PostgreSqlRowRemoval(NpgsqlConnection connection, PostgreSqlSchema schema)
{
    // If a copyset cannot be read, up to this many blocks are asked for its members.
    private const int MaxBlocks = 1_000;

    /// <summary>Takes rows out by their numbers; returns the minutes that they were counted in.</summary>
    public HashSet<UnixMinute> Remove(Interval interval, IReadOnlyCollection<long> numbers)
    {
        using var command = new NpgsqlCommand(
            $"""
            WITH gone AS (DELETE FROM {schema.TableOf(interval)} WHERE seq=ANY($1) RETURNING id, minute, bytes),
            kept AS (INSERT INTO {schema.Table("refused")}(interval, id, bytes) SELECT '{interval}', id, bytes FROM gone)
            SELECT DISTINCT minute FROM gone
            """,
            connection)
        {
            Parameters = { new() { Value = numbers.ToArray() } },
        };
        Prepare();
        using var reader = command.ExecuteReader();
        var minutes = new HashSet<UnixMinute>();
        while (reader.Read())
        {
            minutes.Add(new UnixMinute(reader.GetInt64(0)));
        }

        return minutes;
    }

    /// <summary>
    /// Copysets whose members cannot be read, restored from their blocks, each with the largest number of copies that a block requests. A copyset
    /// without any block is forgotten.
    /// </summary>
    public List<RestoredMembers> Restore(IEnumerable<Interval> intervals, IReadOnlyCollection<CopysetId> copysets)
    {
        using var forget = new NpgsqlCommand(
            $"DELETE FROM {schema.Table("copysets")} WHERE id=ANY($1) AND id NOT IN (SELECT copyset FROM {schema.Table("buckets")})", connection)
        {
            Parameters = { new() { Value = copysets.Select(static copyset => copyset.Value).ToArray() } },
        };
        forget.ExecuteNonQuery();
        return
        [
            .. copysets.Select(copyset => FindInterval(intervals, copyset) is { } interval ? ReadFromBlocks(interval, copyset) : null)
                .OfType<RestoredMembers>(),
        ];
    }

    private void Prepare()
    {
        using var create = new NpgsqlCommand(
            $"CREATE TABLE IF NOT EXISTS {schema.Table("refused")}(number bigserial PRIMARY KEY, interval text NOT NULL, id bytea, bytes bytea)", connection);
        create.ExecuteNonQuery();
    }

    private Interval? FindInterval(IEnumerable<Interval> intervals, CopysetId copyset)
    {
        using var command = new NpgsqlCommand($"SELECT min(minute) FROM {schema.Table("buckets")} WHERE copyset=$1", connection)
        {
            Parameters = { new() { Value = copyset.Value } },
        };
        return command.ExecuteScalar() is long minute
            ? intervals.Where(i => i.Contains(new UnixMinute(minute))).Cast<Interval?>().FirstOrDefault()
            : null;
    }

    private RestoredMembers? ReadFromBlocks(Interval interval, CopysetId copyset)
    {
        using var command = new NpgsqlCommand($"SELECT bytes FROM {schema.TableOf(interval)} WHERE copyset=$1 LIMIT {MaxBlocks}", connection)
        {
            Parameters = { new() { Value = copyset.Value } },
        };
        using var reader = command.ExecuteReader();
        var members = new RestoredCopyset(copyset);
        while (reader.Read())
        {
            members.Add(reader.GetFieldValue<byte[]>(0));
        }

        return members.Result;
    }
}
