using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>The bytes of blocks whose places among the keys are known, over the index of key spans (<see cref="KeySpan"/>).</summary>
internal static class PostgreSqlBlockRows
{
    /// <summary>The rows at some places: one probe of the index for each.</summary>
    internal static string RowsSql(string table) => $"""
        SELECT b.seq, b.bytes FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bigint[]) AS p(w, first, last, seq),
        LATERAL (SELECT seq, bytes FROM {table} b WHERE b.width=p.w AND b.first_key=p.first AND b.last_key=p.last AND b.seq=p.seq) b
        """;

    /// <summary>The bytes of the blocks at some places, by number; a row that is not where the index has it is missing.</summary>
    public static Dictionary<long, byte[]> Read(NpgsqlConnection connection, string table, List<BlockPosition> places)
    {
        var blocks = new Dictionary<long, byte[]>(places.Count);
        if (places.Count == 0)
        {
            return blocks;
        }

        using var command = new NpgsqlCommand(RowsSql(table), connection)
        {
            Parameters =
            {
                Column(places, place => (short)KeySpan.WidthOf(place.First, place.Last)),
                Column(places, place => place.First.ToString()),
                Column(places, place => place.Last.ToString()),
                Column(places, place => place.Number),
            },
        };
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            blocks[reader.GetInt64(0)] = reader.GetFieldValue<byte[]>(1);
        }

        return blocks;
    }

    /// <summary>
    /// The bytes of the blocks at some places, by number, as far as they can be read: long blocks have pages of their own, and one that cannot be
    /// read costs its block, not the others.
    /// </summary>
    public static Dictionary<long, byte[]> ReadIntact(NpgsqlConnection connection, string table, List<BlockPosition> places)
    {
        try
        {
            return Read(connection, table, places);
        }
        catch (PostgresException e) when (PostgreSqlDamage.Is(e))
        {
            PostgreSqlConnector.ReopenForReading(connection);
            var blocks = new Dictionary<long, byte[]>(places.Count);
            foreach (var place in places)
            {
                if (TryRead(connection, table, place, out _) is { } bytes)
                {
                    blocks[place.Number] = bytes;
                }
            }

            return blocks;
        }
    }

    /// <summary>Which block the row at a place says it is; null when there is no such row or it cannot be read. For connections to read with.</summary>
    public static DamagedEntry? EntryOf(NpgsqlConnection connection, string table, BlockPosition place)
    {
        using var command = new NpgsqlCommand(
            $"SELECT id, copyset, minute FROM {table} WHERE width=$1 AND first_key=$2 AND last_key=$3 AND seq=$4", connection)
        {
            Parameters =
            {
                new() { Value = (short)KeySpan.WidthOf(place.First, place.Last) },
                new() { Value = place.First.ToString() },
                new() { Value = place.Last.ToString() },
                new() { Value = place.Number },
            },
        };
        try
        {
            using var reader = command.ExecuteReader();
            return reader.Read()
                ? new DamagedEntry(BlockId.ReadFrom(reader.GetFieldValue<byte[]>(0)), new CopysetId(reader.GetInt64(1)), new UnixMinute(reader.GetInt64(2)))
                : null;
        }
        catch (PostgresException e) when (PostgreSqlDamage.Is(e))
        {
            PostgreSqlConnector.ReopenForReading(connection);
            return null;
        }
    }

    /// <summary>The bytes of one block; null when its row is not where the index has it or cannot be read.</summary>
    /// <param name="connection">To read with.</param>
    /// <param name="table">The interval's table.</param>
    /// <param name="place">Where the index has the block.</param>
    /// <param name="reason">What is wrong, when there are no bytes.</param>
    public static byte[]? TryRead(NpgsqlConnection connection, string table, BlockPosition place, out string reason)
    {
        try
        {
            reason = "its row is not where the index has it";
            return Read(connection, table, [place]).GetValueOrDefault(place.Number);
        }
        catch (PostgresException e) when (PostgreSqlDamage.Is(e))
        {
            PostgreSqlConnector.ReopenForReading(connection);
            reason = e.MessageText;
            return null;
        }
    }

    private static NpgsqlParameter<T[]> Column<T>(List<BlockPosition> places, Func<BlockPosition, T> value) =>
        new() { TypedValue = [.. places.Select(value)] };
}
