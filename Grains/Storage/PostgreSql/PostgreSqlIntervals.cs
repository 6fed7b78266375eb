using System.Collections.Immutable;
using System.Globalization;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>The life of the intervals in a peer's schema: described, lost, promised closed, counted.</summary>
internal sealed class PostgreSqlIntervals(NpgsqlConnection connection, PostgreSqlSchema schema, string place)
{
    private string Table => schema.Table("intervals");

    /// <summary>
    /// What is held of each interval. Of a closed one, what was counted when it was closed: the server tidies up behind it, and the size of its
    /// files changes without anything being written.
    /// </summary>
    public ImmutableArray<StoredInterval> Describe()
    {
        using var command = new NpgsqlCommand(
            $"""
            SELECT i.interval, i.closed_at IS NOT NULL, coalesce(i.blocks, b.blocks, 0)::bigint, coalesce(i.events, b.events, 0)::bigint,
                mod(coalesce(i.digest_sum, b.digest_sum, 0), {PostgreSqlBlockInsert.DigestModulus})::text,
                coalesce(i.bytes, pg_total_relation_size(to_regclass('{schema.Table("blocks_")}' || lower(i.interval))), 0)::bigint, i.damage
            FROM {Table} i LEFT JOIN LATERAL (
                SELECT sum(blocks) AS blocks, sum(events) AS events, sum(digest_sum) AS digest_sum FROM {schema.Table("buckets")}
                WHERE i.blocks IS NULL AND minute>=i.from_minute AND minute<i.to_minute
            ) b ON true
            ORDER BY 1
            """,
            connection);
        using var reader = command.ExecuteReader();
        var described = ImmutableArray.CreateBuilder<StoredInterval>();
        while (reader.Read())
        {
            var interval = schema.Parse(reader.GetString(0));
            described.Add(new StoredInterval(
                interval,
                reader.GetBoolean(1) ? IntervalState.Closed : IntervalState.Open,
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(5),
                new EventDigest(UInt128.Parse(reader.GetString(4), CultureInfo.InvariantCulture)),
                $"{place}, {schema.TableOf(interval)}",
                reader.IsDBNull(6) ? null : reader.GetString(6)));
        }

        return described.ToImmutable();
    }

    /// <summary>What is held of one interval.</summary>
    public StoredInterval Describe(Interval interval) => Describe().First(described => described.Interval == interval);

    /// <summary>The content of an interval according to its buckets; of a counted interval, the count.</summary>
    public ContentSum SumOf(Interval interval)
    {
        var held = Describe(interval);
        return new ContentSum(held.Blocks, held.Events, held.DigestSum);
    }

    /// <summary>The intervals that were promised closed and then counted.</summary>
    public HashSet<Interval> ReadCounted()
    {
        using var command = new NpgsqlCommand($"SELECT interval FROM {Table} WHERE blocks IS NOT NULL", connection);
        using var reader = command.ExecuteReader();
        var counted = new HashSet<Interval>();
        while (reader.Read())
        {
            counted.Add(schema.Parse(reader.GetString(0)));
        }

        return counted;
    }

    /// <summary>Promises durably that nothing new comes into an interval.</summary>
    public void Promise(Interval interval, DateTimeOffset now)
    {
        using var command = new NpgsqlCommand(
            $"UPDATE {Table} SET closed_at=$1 WHERE interval='{interval}' AND closed_at IS NULL", connection)
        {
            Parameters = { new() { Value = now.UtcDateTime } },
        };
        command.ExecuteNonQuery();
    }

    /// <summary>Reads and checks every block of a closed interval that is yet to be counted; what differs from the buckets is damage.</summary>
    public IntervalCount Count(Interval interval)
    {
        var (intact, damaged) = CountBlocks(interval);
        var held = SumOf(interval);
        return new IntervalCount(intact, intact == held
            ? null
            : $"When it was closed, {damaged} blocks were damaged, and {intact.Blocks} intact ones with {intact.Events} events stood where "
                + $"{held.Blocks} with {held.Events} had been stored.");
    }

    /// <summary>Notes what was counted.</summary>
    public void NoteCount(Interval interval, IntervalCount count)
    {
        using var command = new NpgsqlCommand(
            $"""
            UPDATE {Table} SET blocks=$1, events=$2, digest_sum=$3::numeric, bytes=$4, damage=coalesce(damage, $5) WHERE interval='{interval}'
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = count.Sum.Blocks },
                new() { Value = count.Sum.Events },
                new() { Value = count.Sum.DigestSum.Value.ToString(CultureInfo.InvariantCulture) },
                new() { Value = Describe(interval).Bytes },
                new NpgsqlParameter<string?> { TypedValue = count.Damage },
            },
        };
        command.ExecuteNonQuery();
    }

    /// <summary>A closed interval is about to get more blocks: until it is counted again, its buckets give its content.</summary>
    public void NoteUncounted(Interval interval)
    {
        using var command = new NpgsqlCommand(
            $"UPDATE {Table} SET blocks=NULL, events=NULL, digest_sum=NULL, bytes=NULL WHERE interval='{interval}' AND blocks IS NOT NULL", connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Recounts the buckets of some minutes from the columns of their blocks.</summary>
    public void Recount(Interval interval, IReadOnlyCollection<UnixMinute> minutes)
    {
        using var transaction = connection.BeginTransaction();
        foreach (var minute in minutes)
        {
            Recount(interval, minute);
        }

        transaction.Commit();
    }

    /// <summary>Clears what was wrong.</summary>
    public void ClearDamage(Interval interval)
    {
        using var command = new NpgsqlCommand($"UPDATE {Table} SET damage=NULL WHERE interval='{interval}'", connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Notes that an interval is damaged, unless something is noted already.</summary>
    public void NoteDamage(Interval interval, string damage)
    {
        using var command = new NpgsqlCommand($"UPDATE {Table} SET damage=$1 WHERE interval='{interval}' AND damage IS NULL", connection)
        {
            Parameters = { new() { Value = damage } },
        };
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// Notes intervals whose table is missing, and gives them an empty one: they go on, but what they lost stays known. Their buckets go,
    /// because a peer that compares would believe them.
    /// </summary>
    /// <returns>A sentence for each.</returns>
    public List<(Interval Interval, string Damage)> ReplaceLost()
    {
        var lost = new List<(Interval, string)>();
        foreach (var interval in FindLost())
        {
            var held = Describe(interval);
            var damage = $"Its table was missing when the store was opened; {held.Blocks} blocks with {held.Events} events had been stored in it.";
            using var command = new NpgsqlCommand(
                $"""
                BEGIN;
                {schema.CreateInterval(interval)}
                DELETE FROM {schema.Table("buckets")} b USING {Table} i
                    WHERE i.interval='{interval}' AND b.minute>=i.from_minute AND b.minute<i.to_minute;
                {(schema.HasTopics(connection) ? DeleteOf("topics", interval) : "")}
                {(schema.HasLate(connection) ? DeleteOf("late", interval) : "")}
                UPDATE {Table} SET damage=concat_ws(' ', damage, '{damage}'), blocks=NULL, events=NULL, digest_sum=NULL, bytes=NULL
                    {(schema.HasLate(connection) ? ", lost_at=now()" : "")} WHERE interval='{interval}';
                COMMIT;
                """,
                connection);
            command.ExecuteNonQuery();
            lost.Add((interval, damage));
        }

        return lost;
    }

    private string DeleteOf(string table, Interval interval) =>
        $"DELETE FROM {schema.Table(table)} WHERE minute>={interval.FirstMinute.Value} AND minute<{interval.EndMinute.Value};";

    private void Recount(Interval interval, UnixMinute minute)
    {
        using var command = new NpgsqlCommand(
            $"""
            INSERT INTO {schema.Table("buckets")}(copyset, minute, blocks, events, digest_sum)
            SELECT copyset, $1, count(*), sum(events), mod(sum(digest_sum), {PostgreSqlBlockInsert.DigestModulus}) FROM {schema.TableOf(interval)}
            WHERE width=ANY($2) AND first_key>=$3 AND first_key<$4 GROUP BY copyset
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = minute.Value },
                new() { Value = Enumerable.Range(0, KeySpan.Classes).Select(width => (short)width).ToArray() },
                new() { Value = minute.GetFirstKey().ToString() },
                new() { Value = minute.GetEndKey().ToString() },
            },
        };
        using var delete = new NpgsqlCommand($"DELETE FROM {schema.Table("buckets")} WHERE minute=$1", connection)
        {
            Parameters = { new() { Value = minute.Value } },
        };
        delete.ExecuteNonQuery();
        command.ExecuteNonQuery();
        if (schema.HasTopics(connection))
        {
            new PostgreSqlTopics(connection, schema).Recount(interval, minute);
        }

        if (schema.HasLate(connection))
        {
            new PostgreSqlLate(connection, schema).Recount(interval, minute);
        }
    }

    private List<Interval> FindLost()
    {
        using var command = new NpgsqlCommand(
            $"SELECT interval FROM {Table} WHERE to_regclass('{schema.Table("blocks_")}' || lower(interval)) IS NULL", connection);
        using var reader = command.ExecuteReader();
        var lost = new List<Interval>();
        while (reader.Read())
        {
            lost.Add(schema.Parse(reader.GetString(0)));
        }

        return lost;
    }

    private (ContentSum Intact, long Damaged) CountBlocks(Interval interval)
    {
        using var command = new NpgsqlCommand($"SELECT bytes FROM {schema.TableOf(interval)}", connection) { CommandTimeout = 0 };
        using var reader = command.ExecuteReader();
        var (intact, damaged) = (default(ContentSum), 0L);
        while (reader.Read())
        {
            try
            {
                intact += ContentSum.Of(BlockCodec.DecodeHeader(reader.GetFieldValue<byte[]>(0)));
            }
            catch (BlockFormatException)
            {
                damaged++;
            }
        }

        return (intact, damaged);
    }
}
