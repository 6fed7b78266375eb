using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>
/// The table of blocks of late events by arrival: lists them, compares it with the blocks, and rewrites it. Only where the schema has it.
/// </summary>
internal sealed class PostgreSqlLate(NpgsqlConnection connection, PostgreSqlSchema schema)
{
    private string Table => schema.Table("late");

    /// <summary>The blocks of a range by arrival, and the intervals that have lost some, perhaps.</summary>
    public BucketPage ReadPage(LateRange range) => LateListing.PageOf(range, List(range), [.. FindLost(range)]);

    private List<DamagedInterval> FindLost(LateRange range)
    {
        using var command = new NpgsqlCommand(
            $"SELECT interval, damage, lost_at FROM {schema.Table("intervals")} WHERE damage IS NOT NULL AND lost_at IS NOT NULL", connection);
        using var reader = command.ExecuteReader();
        var lost = new List<DamagedInterval>();
        while (reader.Read())
        {
            var interval = schema.Parse(reader.GetString(0));
            if (LateListing.MayHave(interval, range) && LateListing.MayHaveLost(reader.GetFieldValue<DateTimeOffset>(2), range))
            {
                lost.Add(new DamagedInterval(interval, reader.GetString(1)));
            }
        }

        return lost;
    }

    // One more than are requested if there are as many.
    private List<LateBlock> List(LateRange range)
    {
        using var command = new NpgsqlCommand(
            $"SELECT arrival, events, first_key, last_key FROM {Table} WHERE arrival>=$1 AND arrival<=$2 AND last_arrival>$3 ORDER BY arrival LIMIT $4",
            connection)
        {
            Parameters =
            {
                new() { Value = ArrivalKeys.LowestFirst(range.After).ToString() },
                new() { Value = range.UpTo.ToString() },
                new() { Value = range.After.ToString() },
                new() { Value = range.MaxBlocks + 1L },
            },
        };
        using var reader = command.ExecuteReader();
        var blocks = new List<LateBlock>();
        while (reader.Read())
        {
            blocks.Add(new LateBlock(
                EventKey.Parse(reader.GetString(0)), reader.GetInt32(1), EventKey.Parse(reader.GetString(2)), EventKey.Parse(reader.GetString(3))));
        }

        return blocks;
    }

    /// <summary>The numbers of the blocks of a minute that are listed, each under its arrival.</summary>
    public HashSet<(long Number, EventKey Arrival)> ReadListed(UnixMinute minute)
    {
        using var command = new NpgsqlCommand($"SELECT seq, arrival FROM {Table} WHERE minute=$1", connection)
        {
            Parameters = { new() { Value = minute.Value } },
        };
        using var reader = command.ExecuteReader();
        var listed = new HashSet<(long, EventKey)>();
        while (reader.Read())
        {
            listed.Add((reader.GetInt64(0), EventKey.TryParse(reader.GetString(1), out var arrival) ? arrival : default));
        }

        return listed;
    }

    /// <summary>Forgets what is said of blocks that are not there, and adds what is missing, within the transaction that is open.</summary>
    public void Recount(Interval interval, UnixMinute minute)
    {
        var blocks = new PostgreSqlMinute(connection, schema, interval, minute);
        blocks.Forget(Table);
        foreach (var (number, arrival) in blocks.ReadStarts(static start => BlockCodec.FindArrival(start)))
        {
            using var add = blocks.Command(
                $"""
                INSERT INTO {Table}(arrival, last_arrival, first_key, last_key, seq, minute, events)
                SELECT $5, $6, first_key, last_key, seq, minute, events FROM {blocks.Rows} AND seq=$7 ON CONFLICT DO NOTHING
                """);
            add.Parameters.Add(new() { Value = arrival.ToString() });
            add.Parameters.Add(new() { Value = ArrivalKeys.Last(arrival, CountOf(blocks, number)).ToString() });
            add.Parameters.Add(new() { Value = number });
            add.ExecuteNonQuery();
        }
    }

    private static int CountOf(PostgreSqlMinute blocks, long number)
    {
        using var count = blocks.Command($"SELECT events FROM {blocks.Rows} AND seq=$5");
        count.Parameters.Add(new() { Value = number });
        return (int)count.ExecuteScalar()!;
    }
}
