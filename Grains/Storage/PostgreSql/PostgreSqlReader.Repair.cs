using System.Collections.Immutable;
using AllData.Events;
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
    public CopysetReading ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute) => WithConnection(connection =>
    {
        using var command = new NpgsqlCommand(
            $"""
            SELECT id, members FROM {schema.Table("copysets")}
            WHERE id IN (SELECT copyset FROM {schema.Table("buckets")} WHERE minute>=$1 AND minute<$2)
            """,
            connection)
        {
            Parameters = { new() { Value = fromMinute.Value }, new() { Value = toMinute.Value } },
        };
        using var reader = command.ExecuteReader();
        var copysets = ImmutableArray.CreateBuilder<CopysetDefinition>();
        var unreadable = ImmutableArray.CreateBuilder<CopysetId>();
        while (reader.Read())
        {
            var id = new CopysetId(reader.GetInt64(0));
            if (CopysetText.TryParse(id, reader.GetString(1)) is { } copyset)
            {
                copysets.Add(copyset);
            }
            else if (diagnostics.OnUnreadableCopyset(schema.Table("copysets"), id))
            {
                unreadable.Add(id);
            }
        }

        return new CopysetReading(copysets.ToImmutable(), unreadable.ToImmutable());
    });

    /// <inheritdoc/>
    public BlockList List(BlockListRange range)
    {
        var within = range.Within(Interval.Containing(range.UnixMinute, intervalLength));
        return WithTable(range.UnixMinute, new BlockList([], null, within.Minutes), lister => lister.List(within));
    }

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

    private T WithTable<T>(UnixMinute minute, T nothing, Func<PostgreSqlBlockLister, T> read)
    {
        var interval = Interval.Containing(minute, intervalLength);
        return held.Intervals.ContainsKey(interval)
            ? WithConnection(connection => PostgreSqlDamage.Narrow(
                interval, schema.TableOf(interval), () => read(new PostgreSqlBlockLister(connection, schema.TableOf(interval), diagnostics))))
            : nothing;
    }
}
