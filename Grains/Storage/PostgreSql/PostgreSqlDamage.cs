using AllData.Intervals;
using Npgsql;

namespace AllData.Storage;

/// <summary>The server could not read a page of an interval's table or index: the interval is damaged, the others are not.</summary>
internal sealed class DamagedTableException(Interval interval, string reason, Exception cause) : Exception(reason, cause)
{
    /// <summary>The interval.</summary>
    public Interval Interval { get; } = interval;
}

/// <summary>Tells pages that the server cannot read from other failures: asking again gives the same answer.</summary>
internal static class PostgreSqlDamage
{
    /// <summary>Whether an error means that what was asked for is damaged on disk.</summary>
    public static bool Is(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted or PostgresErrorCodes.IoError or PostgresErrorCodes.UndefinedFile,
    };

    /// <summary>Reads of one interval's table.</summary>
    /// <exception cref="DamagedTableException">A page of it cannot be read.</exception>
    public static T Narrow<T>(Interval interval, string table, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PostgresException e) when (Is(e))
        {
            throw new DamagedTableException(interval, Sentence(table, e), e);
        }
    }

    /// <summary>What is known and what to do.</summary>
    public static string Sentence(string table, PostgresException error) =>
        $"The server cannot read a page of {table}: {error.MessageText}. Other peers hold its blocks too; see that the server's disk is sound.";
}
