using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>The blocks of one minute, as the tables that list some of them are compared with them.</summary>
/// <param name="connection">The connection.</param>
/// <param name="schema">The peer's schema.</param>
/// <param name="interval">The minute's interval.</param>
/// <param name="minute">The minute.</param>
internal sealed class PostgreSqlMinute(NpgsqlConnection connection, PostgreSqlSchema schema, Interval interval, UnixMinute minute)
{
    // Parameters 1 to 4; the first is the minute itself.
    private const string InMinute = "width=ANY($2) AND first_key>=$3 AND first_key<$4";

    /// <summary>The rows of the minute, as the source of a statement whose parameters 1 to 4 are those of <see cref="Command"/>.</summary>
    public string Rows => $"{schema.TableOf(interval)} WHERE {InMinute} AND minute=$1";

    /// <summary>Forgets what a table says of blocks of the minute that are not there.</summary>
    public void Forget(string table)
    {
        using var forget = Command($"DELETE FROM {table} WHERE minute=$1 AND seq NOT IN (SELECT seq FROM {schema.TableOf(interval)} WHERE {InMinute})");
        forget.ExecuteNonQuery();
    }

    /// <summary>What the beginnings of the blocks say, with their numbers; blocks that do not say it are left out.</summary>
    /// <param name="find">Finds it in the first <see cref="BlockCodec.MaxHeaderLength"/> bytes of a block.</param>
    public List<(long Number, T Value)> ReadStarts<T>(Func<byte[], T?> find)
        where T : struct
    {
        // The bytes are kept as they are, so that only the first are read.
        using var command = Command($"SELECT seq, substring(bytes FROM 1 FOR {BlockCodec.MaxHeaderLength}) FROM {Rows}");
        using var reader = command.ExecuteReader();
        var found = new List<(long, T)>();
        while (reader.Read())
        {
            if (find(reader.GetFieldValue<byte[]>(1)) is { } value)
            {
                found.Add((reader.GetInt64(0), value));
            }
        }

        return found;
    }

    /// <summary>A statement about the minute; further parameters follow the first four.</summary>
    public NpgsqlCommand Command(string text) => new(text, connection)
    {
        Parameters =
        {
            new() { Value = minute.Value },
            new() { Value = Enumerable.Range(0, KeySpan.Classes).Select(width => (short)width).ToArray() },
            new() { Value = minute.GetFirstKey().ToString() },
            new() { Value = minute.GetEndKey().ToString() },
        },
    };
}
