using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Compares the table that says which blocks are of which topic with the blocks, and rewrites it. Only where the schema has it.</summary>
internal sealed class PostgreSqlTopics(NpgsqlConnection connection, PostgreSqlSchema schema)
{
    private string Table => schema.Table("topics");

    /// <summary>The numbers of the blocks of a minute that are listed, each under its topic.</summary>
    public HashSet<(long Number, string Topic)> ReadListed(UnixMinute minute)
    {
        using var command = new NpgsqlCommand($"SELECT seq, topic FROM {Table} WHERE minute=$1", connection)
        {
            Parameters = { new() { Value = minute.Value } },
        };
        using var reader = command.ExecuteReader();
        var listed = new HashSet<(long, string)>();
        while (reader.Read())
        {
            listed.Add((reader.GetInt64(0), reader.GetString(1)));
        }

        return listed;
    }

    /// <summary>Forgets what is said of blocks that are not there, and adds what is missing, within the transaction that is open.</summary>
    public void Recount(Interval interval, UnixMinute minute)
    {
        var blocks = new PostgreSqlMinute(connection, schema, interval, minute);
        blocks.Forget(Table);
        foreach (var (number, topic) in blocks.ReadStarts(static start => BlockCodec.FindTopic(start)))
        {
            using var add = blocks.Command(
                $"""
                INSERT INTO {Table}(topic, first_key, last_key, seq, minute, copyset, length)
                SELECT $5, first_key, last_key, seq, minute, copyset, octet_length(bytes) FROM {blocks.Rows} AND seq=$6 ON CONFLICT DO NOTHING
                """);
            add.Parameters.Add(new() { Value = topic.Value });
            add.Parameters.Add(new() { Value = number });
            add.ExecuteNonQuery();
        }
    }
}
