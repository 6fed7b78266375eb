using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;
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
        using (var forget = new NpgsqlCommand(
            $"DELETE FROM {Table} WHERE minute=$1 AND seq NOT IN (SELECT seq FROM {schema.TableOf(interval)} WHERE {InMinute})", connection))
        {
            AddMinute(forget, minute);
            forget.ExecuteNonQuery();
        }

        foreach (var (number, topic) in ReadTopics(interval, minute))
        {
            using var add = new NpgsqlCommand(
                $"""
                INSERT INTO {Table}(topic, first_key, last_key, seq, minute, copyset, length)
                SELECT $5, first_key, last_key, seq, minute, copyset, octet_length(bytes) FROM {schema.TableOf(interval)}
                WHERE {InMinute} AND minute=$1 AND seq=$6 ON CONFLICT DO NOTHING
                """,
                connection);
            AddMinute(add, minute);
            add.Parameters.Add(new() { Value = topic.Value });
            add.Parameters.Add(new() { Value = number });
            add.ExecuteNonQuery();
        }
    }

    // Parameters 1 to 4; the first is the minute itself.
    private const string InMinute = "width=ANY($2) AND first_key>=$3 AND first_key<$4";

    private List<(long Number, Topic Topic)> ReadTopics(Interval interval, UnixMinute minute)
    {
        // The bytes are kept as they are, so that only the first are read.
        using var command = new NpgsqlCommand(
            $"SELECT seq, substring(bytes FROM 1 FOR {BlockCodec.MaxHeaderLength}) FROM {schema.TableOf(interval)} WHERE {InMinute} AND minute=$1", connection);
        AddMinute(command, minute);
        using var reader = command.ExecuteReader();
        var topics = new List<(long, Topic)>();
        while (reader.Read())
        {
            if (BlockCodec.FindTopic(reader.GetFieldValue<byte[]>(1)) is { } topic)
            {
                topics.Add((reader.GetInt64(0), topic));
            }
        }

        return topics;
    }

    private static void AddMinute(NpgsqlCommand command, UnixMinute minute)
    {
        command.Parameters.Add(new() { Value = minute.Value });
        command.Parameters.Add(new() { Value = Enumerable.Range(0, KeySpan.Classes).Select(width => (short)width).ToArray() });
        command.Parameters.Add(new() { Value = minute.GetFirstKey().ToString() });
        command.Parameters.Add(new() { Value = minute.GetEndKey().ToString() });
    }
}
