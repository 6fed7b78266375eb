using AllData.Intervals;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Distinguishes pages that the server cannot read from other failures: another attempt would fail the same way.</summary>
internal static class PostgreSqlDamage
{
    /// <summary>Whether an error means that the requested data is damaged on disk.</summary>
    public static bool Is(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted or PostgresErrorCodes.IoError or PostgresErrorCodes.UndefinedFile,
    };

    /// <summary>Reads of one interval's table.</summary>
    /// <exception cref="DamagedIntervalException">A page of it cannot be read.</exception>
    public static T Narrow<T>(Interval interval, string table, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PostgresException e) when (Is(e))
        {
            throw new DamagedIntervalException(interval, Sentence(table, e), e);
        }
    }

    /// <summary>What is known and what to do.</summary>
    public static string Sentence(string table, PostgresException error) =>
        $"The server cannot read a page of {table}: {error.MessageText}. Other peers hold its blocks too; see that the server's disk is sound.";
}
