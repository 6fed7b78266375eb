using AllData.Events;
using AllData.Protocol;
using Npgsql;

namespace AllData.Storage;

/// <summary>Blocks on their way into a table, many in one statement.</summary>
internal static class PostgreSqlBlockInsert
{
    /// <summary>The statement; it gives the ids of the blocks that were not there before.</summary>
    public static NpgsqlBatchCommand Create(string table, IReadOnlyList<Block> blocks) => new(
        $"""
        INSERT INTO {table}(id, copyset, first_key, last_key, width, events, digest, bytes)
        SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::bytea[], $8::bytea[])
        ON CONFLICT (id) DO NOTHING RETURNING id
        """)
    {
        Parameters =
        {
            Ids(blocks.Select(block => block.Header.Id)),
            Array(blocks, block => block.Header.Copyset.Id),
            Array(blocks, block => block.Header.FirstKey.ToString()),
            Array(blocks, block => block.Header.LastKey.ToString()),
            Array(blocks, block => (short)KeySpan.WidthOf(block.Header.FirstKey, block.Header.LastKey)),
            Array(blocks, block => block.Header.EventCount),
            Array(blocks, block => BytesOf(block.Header.BlockDigest)),
            Array(blocks, block => block.Bytes.Bytes),
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
