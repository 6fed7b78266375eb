using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Npgsql;

namespace AllData.Storage;

// What other peers ask for to complete themselves, and what is checked when they have.
internal sealed partial class PostgreSqlReadSession
{
    /// <summary>The copysets of the buckets of a run of minutes, and the ids of those whose members cannot be read.</summary>
    public (ImmutableArray<CopysetDefinition> Copysets, List<long> Unreadable) ReadCopysets(long fromMinute, long toMinute) => WithConnection(connection =>
    {
        using var command = new NpgsqlCommand(
            $"""
            SELECT id, members FROM {schema.Table("copysets")}
            WHERE id IN (SELECT copyset FROM {schema.Table("buckets")} WHERE minute>=$1 AND minute<$2)
            """,
            connection)
        {
            Parameters = { new() { Value = fromMinute }, new() { Value = toMinute } },
        };
        using var reader = command.ExecuteReader();
        var copysets = ImmutableArray.CreateBuilder<CopysetDefinition>();
        var unreadable = new List<long>();
        while (reader.Read())
        {
            if (CopysetText.TryParse(reader.GetInt64(0), reader.GetString(1)) is { } copyset)
            {
                copysets.Add(copyset);
            }
            else
            {
                unreadable.Add(reader.GetInt64(0));
            }
        }

        return (copysets.ToImmutable(), unreadable);
    });

    /// <summary>Names the next blocks of a minute.</summary>
    /// <exception cref="DamagedTableException">A page on the way cannot be read.</exception>
    public BlockList List(BlockListRange range) =>
        WithTable(range.UnixMinute, new BlockList([], null), lister => lister.List(range));

    /// <summary>Reads blocks by their ids.</summary>
    /// <exception cref="DamagedTableException">A page on the way cannot be read.</exception>
    public FetchedBlocks Fetch(BlockFetch fetch)
    {
        var ids = new BlockId[fetch.Ids.Length / BlockId.BinaryLength];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = BlockId.ReadFrom(fetch.Ids.AsSpan(i * BlockId.BinaryLength));
        }

        return WithTable(fetch.UnixMinute, new FetchedBlocks([], ids.Length), lister => lister.Fetch(ids, fetch.MaxBytes));
    }

    /// <summary>Checks an interval as a whole.</summary>
    public ScrubTally Recheck(Interval interval, CancellationToken cancellationToken) => WithConnection(connection =>
        new PostgreSqlScrub(connection, schema, diagnostics).CheckAll(interval, cancellationToken));

    /// <summary>Whether a closed interval has been counted since something came into it.</summary>
    public bool IsCounted(Interval interval) => WithConnection(connection => IntervalsOf(connection).IsCounted(interval));

    private T WithTable<T>(long minute, T nothing, Func<PostgreSqlBlockLister, T> read)
    {
        var interval = Interval.Containing(minute * 60_000, intervalLength);
        return held.Intervals.ContainsKey(interval)
            ? WithConnection(connection => PostgreSqlDamage.Narrow(
                interval, schema.TableOf(interval), () => read(new PostgreSqlBlockLister(connection, schema.TableOf(interval), diagnostics))))
            : nothing;
    }
}
