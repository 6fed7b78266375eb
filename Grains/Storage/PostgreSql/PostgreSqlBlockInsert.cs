using System.Numerics;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Inserts blocks into a table, many in one statement.</summary>
internal static class PostgreSqlBlockInsert
{
    /// <summary>2^128, which digest sums are kept modulo.</summary>
    public const string DigestModulus = "340282366920938463463374607431768211456";

    /// <summary>
    /// The statement, a transaction of its own: it inserts the blocks that are not there yet, counts these in their buckets, lists them under their topics
    /// and arrivals, and returns their ids. Blocks, buckets and lists agree whatever happens.
    /// </summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="schema">The peer's schema; it has the table of topics where a block has one, and that of late blocks where one is late.</param>
    /// <param name="table">The interval's table.</param>
    /// <param name="blocks">The blocks, each with an id of its own.</param>
    /// <param name="mayBeThere">
    /// Whether some may be there already. Without it, one such block fails the whole statement; with it, each row costs a look-up and a second log
    /// record.
    /// </param>
    public static NpgsqlCommand Create(
        NpgsqlConnection connection, PostgreSqlSchema schema, string table, IReadOnlyList<Block> blocks, bool mayBeThere)
    {
        Block[] ofTopics = [.. blocks.Where(static block => block.Header.Topic is not null)];
        Block[] late = [.. blocks.Where(static block => block.Header.Arrival is not null)];
        var firstOfLate = FirstOfLists + (ofTopics.Length > 0 ? 2 : 0);
        var lists = (ofTopics.Length > 0 ? TopicsOf(schema) : "") + (late.Length > 0 ? LateOf(schema, firstOfLate) : "");
        var insert = CreateOf(connection, schema, table, blocks, mayBeThere, lists);
        if (ofTopics.Length > 0)
        {
            insert.Parameters.Add(Ids(ofTopics.Select(static block => block.Header.Id)));
            insert.Parameters.Add(Array(ofTopics, static block => block.Header.Topic!.Value.Value));
        }

        if (late.Length > 0)
        {
            insert.Parameters.Add(Ids(late.Select(static block => block.Header.Id)));
            insert.Parameters.Add(Array(late, static block => block.Header.Arrival!.Value.ToString()));
            insert.Parameters.Add(Array(late, static block => ArrivalKeys.Last(block.Header.Arrival!.Value, block.Header.EventCount).ToString()));
        }

        return insert;
    }

    private const int FirstOfLists = 11;

    private static string TopicsOf(PostgreSqlSchema schema) => $"""
        , listed AS (
            INSERT INTO {schema.Table("topics")}(topic, first_key, last_key, seq, minute, copyset, length)
            SELECT t.topic, s.first_key, s.last_key, s.seq, s.minute, s.copyset, s.length FROM stored s
            JOIN unnest(${FirstOfLists}::bytea[], ${FirstOfLists + 1}::text[]) AS t(id, topic) ON t.id=s.id
        )
        """;

    private static string LateOf(PostgreSqlSchema schema, int first) => $"""
        , late AS (
            INSERT INTO {schema.Table("late")}(arrival, last_arrival, first_key, last_key, seq, minute, events)
            SELECT t.arrival, t.last_arrival, s.first_key, s.last_key, s.seq, s.minute, s.events FROM stored s
            JOIN unnest(${first}::bytea[], ${first + 1}::text[], ${first + 2}::text[]) AS t(id, arrival, last_arrival) ON t.id=s.id
            ON CONFLICT DO NOTHING
        )
        """;

    private static NpgsqlCommand CreateOf(
        NpgsqlConnection connection, PostgreSqlSchema schema, string table, IReadOnlyList<Block> blocks, bool mayBeThere, string lists) => new(
            $"""
            WITH stored AS (
                INSERT INTO {table}(id, copyset, first_key, last_key, width, events, digest, minute, digest_sum, bytes)
                SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::bytea[], $8::bigint[],
                    $9::numeric[], $10::bytea[])
                {(mayBeThere ? "ON CONFLICT (id) DO NOTHING" : "")} 
                RETURNING id, copyset, minute, events, digest_sum, seq, first_key, last_key, octet_length(bytes) AS length
            ), counted AS (
                INSERT INTO {schema.Table("buckets")} AS b(copyset, minute, blocks, events, digest_sum)
                SELECT copyset, minute, count(*), sum(events), mod(sum(digest_sum), {DigestModulus}) FROM stored GROUP BY copyset, minute
                ON CONFLICT (minute, copyset) DO UPDATE SET blocks=b.blocks+EXCLUDED.blocks, events=b.events+EXCLUDED.events,
                    digest_sum=mod(b.digest_sum+EXCLUDED.digest_sum, {DigestModulus})
            ){lists}
            SELECT id FROM stored
            """,
            connection)
        {
            Parameters =
            {
                Ids(blocks.Select(block => block.Header.Id)),
                Array(blocks, block => block.Header.BucketId.Value),
                Array(blocks, block => block.Header.FirstKey.ToString()),
                Array(blocks, block => block.Header.LastKey.ToString()),
                Array(blocks, block => (short)KeySpan.WidthOf(block.Header.FirstKey, block.Header.LastKey)),
                Array(blocks, block => block.Header.EventCount),
                Array(blocks, block => BytesOf(block.Header.BlockDigest)),
                Array(blocks, block => block.Header.UnixMinute.Value),
                Array(blocks, block => (BigInteger)block.Header.EventDigestSum.Value),
                Array(blocks, block => block.Bytes.Bytes),
            },
        };

    /// <summary>
    /// The statement that writes a block over a damaged copy of it. A row with both another digest and other bytes is not a copy of it, and is not
    /// touched.
    /// </summary>
    public static NpgsqlCommand Mend(NpgsqlConnection connection, string table, Block block) => new(
        $"""
        UPDATE {table} SET copyset=$2, first_key=$3, last_key=$4, width=$5, events=$6, digest=$7, minute=$8, digest_sum=$9, bytes=$10
        WHERE id=$1 AND (digest=$7 OR bytes=$10)
        """,
        connection)
    {
        Parameters =
        {
            new NpgsqlParameter<byte[]> { TypedValue = BytesOf(block.Header.Id) },
            new() { Value = block.Header.BucketId.Value },
            new() { Value = block.Header.FirstKey.ToString() },
            new() { Value = block.Header.LastKey.ToString() },
            new() { Value = (short)KeySpan.WidthOf(block.Header.FirstKey, block.Header.LastKey) },
            new() { Value = block.Header.EventCount },
            new NpgsqlParameter<byte[]> { TypedValue = BytesOf(block.Header.BlockDigest) },
            new() { Value = block.Header.UnixMinute.Value },
            new() { Value = (BigInteger)block.Header.EventDigestSum.Value },
            new NpgsqlParameter<byte[]> { TypedValue = block.Bytes.Bytes },
        },
    };

    /// <summary>Block ids as a parameter.</summary>
    public static NpgsqlParameter<byte[][]> Ids(IEnumerable<BlockId> ids) => new() { TypedValue = [.. ids.Select(BytesOf)] };

    private static NpgsqlParameter<T[]> Array<T>(IReadOnlyList<Block> blocks, Func<Block, T> column)
    {
        var values = new T[blocks.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(blocks[i]);
        }

        return new NpgsqlParameter<T[]> { TypedValue = values };
    }

    private static byte[] BytesOf(BlockId id)
    {
        var bytes = new byte[BlockId.BinaryLength];
        id.WriteTo(bytes);
        return bytes;
    }

    private static byte[] BytesOf(EventDigest digest)
    {
        var bytes = new byte[EventDigest.BinaryLength];
        digest.WriteTo(bytes);
        return bytes;
    }
}
