using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Walks the blocks of one interval's table by first key, over the index of key spans (<see cref="KeySpan"/>).</summary>
internal sealed class PostgreSqlBlockWalk(NpgsqlConnection connection, PostgreSqlSchema schema, Interval interval, ReplicaStoreDiagnostics diagnostics)
{
    // Bounds what a page passes over when few blocks belong to the requested copysets, and the places that are read in vain when the blocks are
    // large.
    private const int MaxPlacesPerPage = 512;

    private readonly string _table = schema.TableOf(interval);

    /// <summary>
    /// The places of a range after a given one. The index is sorted within each class of width; the server merges the classes as it goes.
    /// </summary>
    internal static string WalkSql(string table) => string.Join(
        " UNION ALL ",
        Enumerable.Range(0, KeySpan.Classes).Select(width =>
            $"SELECT first_key, last_key, seq, copyset, octet_length(bytes) FROM {table} WHERE width={width} AND first_key>=($4)[{width + 1}] "
            + "AND (first_key, last_key, seq)>($5, $6, $7) AND first_key<$1 AND last_key>=$2"))
        + " ORDER BY 1, 2, 3 LIMIT $3";

    /// <summary>Adds the next blocks of a range to a page; where to go on, or null when this table has no more.</summary>
    public BlockPosition? Read(BlockRange range, BlockPageBuilder page)
    {
        var places = ReadPlaces(range);
        var wanted = new List<Place>();
        var passed = range.After is { } after && interval.Contains(after.First)
            ? after
            : new BlockPosition(EventKey.FirstAt(interval.StartUnixMilliseconds), default, 0);
        var bytes = 0L;
        var isFull = false;
        foreach (var place in places)
        {
            if (range.Copysets.Length == 0 || range.Copysets.Contains(place.Copyset))
            {
                isFull = page.IsFullFor(place.Bytes) || (bytes > 0 && bytes + place.Bytes > range.MaxBytes);
                if (isFull)
                {
                    break;
                }

                bytes += place.Bytes;
                wanted.Add(place);
            }

            passed = place.Position;
        }

        AddBlocks(wanted, page);
        return isFull || places.Count == MaxPlacesPerPage ? passed : null;
    }

    private void AddBlocks(List<Place> places, BlockPageBuilder page)
    {
        var blocks = PostgreSqlBlockRows.ReadIntact(connection, _table, places.ConvertAll(place => place.Position));
        foreach (var place in places)
        {
            // A row that is read as bytes of another length, or not at all, is no block.
            var bytes = blocks.GetValueOrDefault(place.Position.Number, []);
            if (page.Add(bytes, place.Copyset, place.Position.First, place.Position.Last) is { } reason)
            {
                diagnostics.OnDamagedBlock(
                    $"{_table}, block {place.Position.Number}", reason, PostgreSqlBlockRows.EntryOf(connection, _table, place.Position));
            }
        }
    }

    private List<Place> ReadPlaces(BlockRange range)
    {
        using var command = range.Topic is { } topic ? PlacesOf(range, topic) : PlacesOf(range);
        using var reader = command.ExecuteReader();
        var places = new List<Place>();
        while (reader.Read())
        {
            var position = new BlockPosition(EventKey.Parse(reader.GetString(0)), EventKey.Parse(reader.GetString(1)), reader.GetInt64(2));
            places.Add(new Place(position, new CopysetId(reader.GetInt64(3)), reader.GetInt32(4)));
        }

        return places;
    }

    // A block never reaches into the next minute, so that the minute's beginning stands for the classes of width.
    private NpgsqlCommand PlacesOf(BlockRange range, Topic topic) => new(
        $"""
        SELECT first_key, last_key, seq, copyset, length FROM {schema.Table("topics")}
        WHERE topic=$4 AND (first_key, last_key, seq)>($5, $6, $7) AND first_key<$1 AND first_key<$8 AND last_key>=$2 ORDER BY 1, 2, 3 LIMIT $3
        """,
        connection)
    {
        Parameters =
        {
            new() { Value = range.To.ToString() },
            new() { Value = range.From.ToString() },
            new() { Value = MaxPlacesPerPage },
            new() { Value = topic.Value },
            new() { Value = Later(range.After?.First ?? range.From.UnixMinute.GetFirstKey(), interval.FirstKey).ToString() },
            new() { Value = range.After?.Last.ToString() ?? "" },
            new() { Value = range.After?.Number ?? 0 },
            new() { Value = interval.EndKey.ToString() },
        },
    };

    private static EventKey Later(EventKey a, EventKey b) => a > b ? a : b;

    private NpgsqlCommand PlacesOf(BlockRange range) => new(WalkSql(_table), connection)
    {
        Parameters =
        {
            new() { Value = range.To.ToString() },
            new() { Value = range.From.ToString() },
            new() { Value = MaxPlacesPerPage },
            new() { Value = Enumerable.Range(0, KeySpan.Classes).Select(width => KeySpan.LowestFirstKey(range.From, width).ToString()).ToArray() },
            new() { Value = range.After?.First.ToString() ?? "" },
            new() { Value = range.After?.Last.ToString() ?? "" },
            new() { Value = range.After?.Number ?? 0 },
        },
    };

    private readonly record struct Place(BlockPosition Position, CopysetId Copyset, int Bytes);
}
