using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Names the blocks of a minute, and gives blocks by their ids, from one interval's table.</summary>
internal sealed class PostgreSqlBlockLister(NpgsqlConnection connection, string table, ReplicaStoreDiagnostics diagnostics)
{
    // Bounds an answer, however much is requested.
    private const int MaxBlocks = 16_384;

    /// <summary>Names the next blocks of a run of minutes. Lengths are known without reading the bytes, which lie on pages of their own.</summary>
    public BlockList List(BlockListRange range)
    {
        var maxBlocks = Math.Clamp(range.MaxBlocks, 1, MaxBlocks);
        using var command = ListCommand(range, maxBlocks);
        using var reader = command.ExecuteReader();
        var entries = new BlockListBuilder(range);
        BlockPosition? last = null;
        var rows = 0;
        while (reader.Read())
        {
            last = new BlockPosition(EventKey.Parse(reader.GetString(0)), EventKey.Parse(reader.GetString(1)), reader.GetInt64(2));
            entries.Add(new ListedBlock(
                BlockId.ReadFrom(reader.GetFieldValue<byte[]>(3)), new CopysetId(reader.GetInt64(4)), EventDigest.ReadFrom(reader.GetFieldValue<byte[]>(5)),
                reader.GetInt32(6), reader.GetInt32(7)));
            rows++;
        }

        return entries.Build(rows == maxBlocks ? last : null);
    }

    /// <summary>Reads blocks by their ids.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="maxBytes">Bytes of an answer, at most; a single larger block still comes.</param>
    public FetchedBlocks Fetch(IReadOnlyList<BlockId> ids, int maxBytes)
    {
        var places = ReadPlaces(ids);
        var covered = Fitting(ids, places, maxBytes);
        var wanted = ids.Take(covered).Where(places.ContainsKey).ToList();
        var blocks = PostgreSqlBlockRows.ReadIntact(connection, table, wanted.ConvertAll(id => places[id].Position));
        using var page = new BlockPageBuilder(maxBytes);
        foreach (var place in wanted.Select(id => places[id]))
        {
            // A row that cannot be read is no block.
            if (page.Add(blocks.GetValueOrDefault(place.Position.Number, [])) is { } reason)
            {
                diagnostics.OnDamagedBlock($"{table}, block {place.Position.Number}", reason, place.Entry);
            }
        }

        return new FetchedBlocks(page.ToBlocks(), covered);
    }

    // How many of the ids an answer has room for.
    private static int Fitting(IReadOnlyList<BlockId> ids, Dictionary<BlockId, Place> places, int maxBytes)
    {
        var bytes = 0L;
        for (var i = 0; i < ids.Count; i++)
        {
            var more = places.GetValueOrDefault(ids[i]).Bytes;
            if (bytes > 0 && bytes + more > maxBytes)
            {
                return i;
            }

            bytes += more;
        }

        return ids.Count;
    }

    private NpgsqlCommand ListCommand(BlockListRange range, int maxBlocks)
    {
        var from = range.After is { } after ? after : new BlockPosition(range.UnixMinute.GetFirstKey(), default, 0);
        return new NpgsqlCommand(
            $"""
            SELECT first_key, last_key, seq, id, copyset, digest, events, octet_length(bytes) FROM {table}
            WHERE width=ANY($1) AND first_key>=$2 AND first_key<$3 AND (first_key, last_key, seq)>($2, $4, $5)
                AND (cardinality($6::bigint[])=0 OR copyset=ANY($6))
            ORDER BY first_key, last_key, seq LIMIT $7
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = Enumerable.Range(0, KeySpan.Classes).Select(width => (short)width).ToArray() },
                new() { Value = from.First.ToString() },
                new() { Value = range.GetEndKey().ToString() },
                new() { Value = range.After is null ? "" : from.Last.ToString() },
                new() { Value = from.Number },
                new() { Value = range.Copysets.IsDefaultOrEmpty ? [] : range.Copysets.Select(static copyset => copyset.Value).ToArray() },
                new() { Value = maxBlocks },
            },
        };
    }

    private Dictionary<BlockId, Place> ReadPlaces(IReadOnlyList<BlockId> ids)
    {
        using var command = new NpgsqlCommand(
            $"SELECT id, first_key, last_key, seq, copyset, minute, octet_length(bytes) FROM {table} WHERE id=ANY($1)", connection)
        {
            Parameters = { PostgreSqlBlockInsert.Ids(ids) },
        };
        using var reader = command.ExecuteReader();
        var places = new Dictionary<BlockId, Place>(ids.Count);
        while (reader.Read())
        {
            var id = BlockId.ReadFrom(reader.GetFieldValue<byte[]>(0));
            places[id] = new Place(
                new BlockPosition(EventKey.Parse(reader.GetString(1)), EventKey.Parse(reader.GetString(2)), reader.GetInt64(3)),
                new DamagedEntry(id, new CopysetId(reader.GetInt64(4)), new UnixMinute(reader.GetInt64(5))),
                reader.GetInt32(6));
        }

        return places;
    }

    private readonly record struct Place(BlockPosition Position, DamagedEntry Entry, int Bytes);
}
