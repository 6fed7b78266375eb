using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>Checks what is held, minute by minute of key time: each block against its digest and its columns, each bucket against its blocks.</summary>
internal sealed class PostgreSqlScrub(NpgsqlConnection connection, PostgreSqlSchema schema, ReplicaStoreDiagnostics diagnostics)
{
    private readonly ScrubTally _tally = new();

    /// <summary>A bucket that says other than its blocks, or pages that cannot be read; null when none was found.</summary>
    public string? Damage => _tally.WrongBucket ?? _tally.Corrupt;

    /// <summary>Checks the next minutes of one interval.</summary>
    /// <param name="intervals">All intervals, ascending.</param>
    /// <param name="position">Where to go on.</param>
    /// <param name="maxBytes">Ends after the minute that reaches it.</param>
    public ScrubPage Read(ImmutableArray<Interval> intervals, ScrubPosition position, long maxBytes)
    {
        var rest = intervals.Where(i => position.Interval is not { } from || i.CompareTo(from) >= 0).ToList();
        if (rest.Count == 0)
        {
            return new ScrubPage(null, 0, 0, 0, [], null);
        }

        UnixMinute? next = position.Interval == rest[0] ? position.FromMinute : UnixMinute.First;
        while (next is { } from && _tally.Bytes < maxBytes)
        {
            next = CheckNext(rest[0], from);
        }

        foreach (var finding in _tally.Damage)
        {
            diagnostics.OnFinding(rest[0], finding);
        }

        var after = next is { } minute ? new ScrubPosition(rest[0], minute) : rest.Count > 1 ? new ScrubPosition(rest[1], UnixMinute.First) : null;
        return new ScrubPage(rest[0], _tally.Sum.Blocks, _tally.Sum.Events, _tally.Bytes, _tally.Damage, after);
    }

    /// <summary>Checks all of one interval.</summary>
    public ScrubTally CheckAll(Interval interval, CancellationToken cancellationToken)
    {
        CheckCopysets(interval);
        for (UnixMinute? next = UnixMinute.First; next is { } from;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            next = CheckNext(interval, from);
        }

        return _tally;
    }

    // Those of the interval's buckets, and those that no bucket has.
    private void CheckCopysets(Interval interval)
    {
        using var command = new NpgsqlCommand(
            $"""
            SELECT id, members FROM {schema.Table("copysets")} WHERE id IN (SELECT copyset FROM {schema.Table("buckets")} WHERE minute>=$1 AND minute<$2)
            OR id NOT IN (SELECT copyset FROM {schema.Table("buckets")})
            """,
            connection)
        {
            Parameters = { new() { Value = interval.FirstMinute.Value }, new() { Value = interval.EndMinute.Value } },
        };
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var id = new CopysetId(reader.GetInt64(0));
            if (CopysetText.TryParse(id, reader.GetString(1)) is null)
            {
                _tally.OnUnreadableCopyset(id, CopysetText.Fault(schema.Table("copysets"), id));
            }
        }
    }

    // Checks one minute; where to go on, or null at the end. Pages that cannot be read end an interval's scrub when they hide where its minutes are.
    private UnixMinute? CheckNext(Interval interval, UnixMinute from)
    {
        UnixMinute? minute = null;
        try
        {
            // One moment for blocks and buckets: what is appended meanwhile belongs to the next scrub.
            using var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
            minute = FindMinute(interval, from);
            if (minute is { } found)
            {
                Check(interval, found);
            }

            var next = minute is { } last ? FindMinute(interval, last.Next()) : null;
            transaction.Commit();
            return next;
        }
        catch (PostgresException e) when (PostgreSqlDamage.Is(e))
        {
            _tally.OnCorrupt(PostgreSqlDamage.Sentence(schema.TableOf(interval), e));
            return minute?.Next();
        }
    }

    // The next minute of which there is a block or a bucket.
    private UnixMinute? FindMinute(Interval interval, UnixMinute from)
    {
        var first = UnixMinute.Max(from, interval.FirstMinute);
        var branches = Enumerable.Range(0, KeySpan.Classes).Select(width =>
            $"(SELECT first_key FROM {schema.TableOf(interval)} WHERE width={width} AND first_key>=$1 ORDER BY first_key LIMIT 1)");
        using var command = new NpgsqlCommand(
            $"""
            SELECT (SELECT min(first_key) FROM ({string.Join(" UNION ALL ", branches)}) f),
                (SELECT min(minute) FROM {schema.Table("buckets")} WHERE minute>=$2 AND minute<$3)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = first.GetFirstKey().ToString() },
                new() { Value = first.Value },
                new() { Value = interval.EndMinute.Value },
            },
        };
        using var reader = command.ExecuteReader();
        reader.Read();
        UnixMinute? ofBlock = reader.IsDBNull(0) ? null : EventKey.Parse(reader.GetString(0)).UnixMinute;
        UnixMinute? ofBucket = reader.IsDBNull(1) ? null : new UnixMinute(reader.GetInt64(1));
        return ofBlock is { } block && ofBucket is { } bucket ? UnixMinute.Min(block, bucket) : ofBlock ?? ofBucket;
    }

    private void Check(Interval interval, UnixMinute minute)
    {
        var counted = new Dictionary<CopysetId, BucketSum>();
        var unknown = new HashSet<CopysetId>();
        var topics = schema.HasTopics(connection) ? new PostgreSqlTopics(connection, schema).ReadListed(minute) : [];
        var late = schema.HasLate(connection) ? new PostgreSqlLate(connection, schema).ReadListed(minute) : [];
        CheckBlocks(schema.TableOf(interval), minute, counted, unknown, topics, late);
        foreach (var bucket in ReadBuckets(minute))
        {
            var fresh = counted.GetValueOrDefault(bucket.Copyset);
            counted.Remove(bucket.Copyset);
            if (bucket != fresh && !unknown.Contains(bucket.Copyset))
            {
                _tally.OnWrongBucket(
                    minute,
                    $"{schema.Table("buckets")}: the bucket of copyset {bucket.Copyset} and minute {minute} says {Text(bucket)}, "
                        + $"its blocks say {Text(fresh)}.");
            }
        }

        foreach (var fresh in counted.Values.Where(fresh => !unknown.Contains(fresh.Copyset)))
        {
            _tally.OnWrongBucket(
                minute,
                $"{schema.Table("buckets")}: the bucket of copyset {fresh.Copyset} and minute {minute} is missing, its blocks say {Text(fresh)}.");
        }
    }

    private void CheckBlocks(string table, UnixMinute minute, Dictionary<CopysetId, BucketSum> counted, HashSet<CopysetId> unknown,
        HashSet<(long Number, string Topic)> topics, HashSet<(long Number, EventKey Arrival)> late)
    {
        using var command = new NpgsqlCommand(
            $"""
            SELECT seq, id, copyset, first_key, last_key, width, events, digest, bytes, minute, digest_sum::text FROM {table}
            WHERE width=ANY($1) AND first_key>=$2 AND first_key<$3
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = Enumerable.Range(0, KeySpan.Classes).Select(width => (short)width).ToArray() },
                new() { Value = minute.GetFirstKey().ToString() },
                new() { Value = minute.GetEndKey().ToString() },
            },
        };
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var bytes = reader.GetFieldValue<byte[]>(8);
            try
            {
                var header = CheckBlock(reader, bytes);
                _tally.OnBlock(header.EventCount, bytes.Length, header.EventDigestSum);
                if (header.Topic is { } topic && !topics.Contains((reader.GetInt64(0), topic.Value)))
                {
                    _tally.OnWrongBucket(minute, $"{table}, block {header.Id} is not listed under its topic {topic}.");
                }

                if (header.Arrival is { } arrival && !late.Contains((reader.GetInt64(0), arrival)))
                {
                    _tally.OnWrongBucket(minute, $"{table}, block {header.Id} is not listed under its arrival {arrival}.");
                }

                var sum = counted.GetValueOrDefault(header.BucketId);
                counted[header.BucketId] = new BucketSum(
                    header.BucketId, minute, sum.Blocks + 1, sum.Events + header.EventCount, sum.DigestSum + header.EventDigestSum);
            }
            catch (BlockFormatException e)
            {
                // Its bucket cannot be recounted without it.
                _tally.OnBlock(events: 0, bytes.Length, digestSum: default);
                var copyset = new CopysetId(reader.GetInt64(2));
                unknown.Add(copyset);
                var id = BlockId.ReadFrom(reader.GetFieldValue<byte[]>(1));
                var place = $"{table}, block {id} (seq {reader.GetInt64(0)})";
                diagnostics.OnDamagedBlock(place, e.Message, new DamagedEntry(id, copyset, minute));
                _tally.OnDamage($"{place}: {e.Message}");
                if (e.IsImpossible)
                {
                    _tally.OnImpossible(reader.GetInt64(0));
                }
            }
        }
    }

    private static BlockHeader CheckBlock(NpgsqlDataReader row, byte[] bytes)
    {
        var block = BlockCodec.Decode(bytes);
        var header = block.Header;
        return !ColumnsAgree(row, header) ? throw new BlockFormatException("The columns of its row do not say what its header says.")
            : BlockRecords.Fault(header, block.GetReader()) is { } fault ? throw new BlockFormatException(fault)
            : header;
    }

    private static bool ColumnsAgree(NpgsqlDataReader row, BlockHeader header) =>
        BlockId.ReadFrom(row.GetFieldValue<byte[]>(1)) == header.Id
        && row.GetInt64(2) == header.BucketId.Value
        && row.GetString(3) == header.FirstKey.ToString()
        && row.GetString(4) == header.LastKey.ToString()
        && row.GetInt16(5) == KeySpan.WidthOf(header.FirstKey, header.LastKey)
        && row.GetInt32(6) == header.EventCount
        && EventDigest.ReadFrom(row.GetFieldValue<byte[]>(7)) == header.BlockDigest
        && row.GetInt64(9) == header.UnixMinute.Value
        && row.GetString(10) == header.EventDigestSum.Value.ToString(CultureInfo.InvariantCulture);

    private List<BucketSum> ReadBuckets(UnixMinute minute)
    {
        using var command = new NpgsqlCommand(
            $"SELECT copyset, minute, blocks, events, digest_sum::text FROM {schema.Table("buckets")} WHERE minute=$1", connection)
        {
            Parameters = { new() { Value = minute.Value } },
        };
        using var reader = command.ExecuteReader();
        var buckets = new List<BucketSum>();
        while (reader.Read())
        {
            buckets.Add(PostgreSqlReader.ReadBucket(reader));
        }

        return buckets;
    }

    private static string Text(BucketSum bucket) => $"{bucket.Blocks} blocks, {bucket.Events} events, digest sum {bucket.DigestSum}";
}
