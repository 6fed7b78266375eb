using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

// What other peers read for their repair.
internal sealed partial class PostgreSqlReader
{
    /// <inheritdoc/>
    public CopysetReading ReadCopysets(long fromMinute, long toMinute) => WithConnection(connection =>
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
        var unreadable = ImmutableArray.CreateBuilder<long>();
        while (reader.Read())
        {
            if (CopysetText.TryParse(reader.GetInt64(0), reader.GetString(1)) is { } copyset)
            {
                copysets.Add(copyset);
            }
            else if (diagnostics.OnUnreadableCopyset(schema.Table("copysets"), reader.GetInt64(0)))
            {
                unreadable.Add(reader.GetInt64(0));
            }
        }

        return new CopysetReading(copysets.ToImmutable(), unreadable.ToImmutable());
    });

    /// <inheritdoc/>
    public BlockList List(BlockListRange range) =>
        WithTable(range.UnixMinute, new BlockList([], null), lister => lister.List(range));

    /// <inheritdoc/>
    public FetchedBlocks Fetch(BlockFetch fetch)
    {
        var ids = new BlockId[fetch.Ids.Length / BlockId.BinaryLength];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = BlockId.ReadFrom(fetch.Ids.AsSpan(i * BlockId.BinaryLength));
        }

        return WithTable(fetch.UnixMinute, new FetchedBlocks([], ids.Length), lister => lister.Fetch(ids, fetch.MaxBytes));
    }

    private T WithTable<T>(long minute, T nothing, Func<PostgreSqlBlockLister, T> read)
    {
        var interval = Interval.Containing(minute * 60_000, intervalLength);
        return held.Intervals.ContainsKey(interval)
            ? WithConnection(connection => PostgreSqlDamage.Narrow(
                interval, schema.TableOf(interval), () => read(new PostgreSqlBlockLister(connection, schema.TableOf(interval), diagnostics))))
            : nothing;
    }
}
