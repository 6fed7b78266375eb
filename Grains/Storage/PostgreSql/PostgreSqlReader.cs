using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>The reading part for one reader's thread: a connection that is opened when it is needed and given up when it fails.</summary>
internal sealed partial class PostgreSqlReader(
    PostgreSqlConnector connector, PostgreSqlSchema schema, HeldIntervals held, TimeSpan intervalLength, ReplicaStoreDiagnostics diagnostics)
    : IStorageReader
{
    private NpgsqlConnection? _connection;

    /// <inheritdoc/>
    public ImmutableArray<EventPayload> Read(EventKey key) => WithConnection(connection =>
        Find(connection, [key], static (_, found) => EventPayload.FromBytes(found.Payload.ToArray()))[0].ToImmutableArray());

    /// <inheritdoc/>
    public ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys, CancellationToken cancellationToken) => WithConnection(connection =>
    {
        var found = new HeldKey[keys.Length];
        var places = Enumerable.Range(0, keys.Length)
            .GroupBy(i => Interval.Containing(keys[i].UnixMilliseconds, intervalLength))
            .SelectMany(group => group.Chunk(PostgreSqlBlockFinder.MaxKeys));
        foreach (var place in places)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var events = Find(connection, [.. place.Select(i => keys[i])], HeldCopyset.Select);
            for (var i = 0; i < place.Length; i++)
            {
                found[place[i]] = HeldCopyset.ToHeldKey(keys[place[i]], events[i]);
            }
        }

        return found.ToImmutableArray();
    });

    /// <inheritdoc/>
    public ImmutableArray<StoredInterval> DescribeIntervals(CancellationToken cancellationToken) =>
        WithConnection(connection => IntervalsOf(connection).Describe());

    /// <inheritdoc/>
    public StoredInterval Describe(Interval interval) => WithConnection(connection => IntervalsOf(connection).Describe(interval));

    /// <inheritdoc/>
    public BucketPage ReadBuckets(BucketRange range) => WithConnection(connection =>
    {
        if (range.Late is { } late)
        {
            return schema.HasLate(connection) ? new PostgreSqlLate(connection, schema).ReadPage(late) : LateListing.PageOf(late, [], []);
        }

        if (range.Topic is not null && !schema.HasTopics(connection))
        {
            return new BucketPage([], range.ToMinute, DamagedWithin(range.FromMinute, range.ToMinute));
        }

        using var command = BucketsOf(connection, range);
        using var reader = command.ExecuteReader();
        var buckets = ImmutableArray.CreateBuilder<BucketSum>();
        while (reader.Read())
        {
            buckets.Add(ReadBucket(reader));
        }

        var coveredTo = buckets.Count >= Math.Max(1, range.MaxBuckets) ? buckets[^1].UnixMinute.Next() : range.ToMinute;
        return new BucketPage(buckets.ToImmutable(), coveredTo, DamagedWithin(range.FromMinute, coveredTo));
    });

    /// <inheritdoc/>
    public BlockPage ReadPage(BlockRange range) => WithConnection(connection =>
    {
        using var page = new BlockPageBuilder(range.MaxBytes);
        if (range.Topic is not null && !schema.HasTopics(connection))
        {
            return page.Build(null);
        }

        foreach (var interval in held.Intervals.Keys.Where(i => i.EndUnixMilliseconds > range.From.UnixMilliseconds
            && i.StartUnixMilliseconds <= range.To.UnixMilliseconds))
        {
            if (range.After is { } after && interval.EndUnixMilliseconds <= after.First.UnixMilliseconds)
            {
                continue;
            }

            var walk = new PostgreSqlBlockWalk(connection, schema, interval, diagnostics);
            if (PostgreSqlDamage.Narrow(interval, schema.TableOf(interval), () => walk.Read(range, page)) is { } next)
            {
                return page.Build(next);
            }
        }

        return page.Build(null);
    });

    public void Dispose() => _connection?.Dispose();

    /// <summary>A bucket from the columns copyset, minute, blocks, events, digest sum as text.</summary>
    internal static BucketSum ReadBucket(NpgsqlDataReader reader) => new(
        new CopysetId(reader.GetInt64(0)),
        new UnixMinute(reader.GetInt64(1)),
        reader.GetInt64(2),
        reader.GetInt64(3),
        new EventDigest(UInt128.Parse(reader.GetString(4), CultureInfo.InvariantCulture)));

    // Whole minutes: the rows of the same minute as the last one come too.
    private NpgsqlCommand BucketsOf(NpgsqlConnection connection, BucketRange range)
    {
        var command = new NpgsqlCommand(
            $"""
            SELECT copyset, minute, blocks, events, digest_sum::text FROM {schema.Table("buckets")} {(range.Topic is null ? "" : OfTopic)}
            WHERE minute>=$1 AND minute<$2 ORDER BY minute FETCH FIRST $3 ROWS WITH TIES
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = range.FromMinute.Value },
                new() { Value = range.ToMinute.Value },
                new() { Value = (long)Math.Max(1, range.MaxBuckets) },
            },
        };
        if (range.Topic is { } topic)
        {
            command.Parameters.Add(new() { Value = topic.Value });
            command.Parameters.Add(new() { Value = range.FromMinute.GetFirstKey().ToString() });
            command.Parameters.Add(new() { Value = range.ToMinute.GetFirstKey().ToString() });
        }

        return command;
    }

    private string OfTopic => $"""
        JOIN (SELECT DISTINCT minute, copyset FROM {schema.Table("topics")} WHERE topic=$4 AND first_key>=$5 AND first_key<$6) t USING(minute, copyset)
        """;

    private List<T>[] Find<T>(NpgsqlConnection connection, EventKey[] keys, EventSelector<T> select)
    {
        var interval = Interval.Containing(keys[0].UnixMilliseconds, intervalLength);
        if (!held.Intervals.TryGetValue(interval, out var known))
        {
            return [.. keys.Select(_ => new List<T>())];
        }

        var finder = new PostgreSqlBlockFinder(connection, schema.TableOf(interval), diagnostics, holdsLock: false);
        var found = PostgreSqlDamage.Narrow(interval, schema.TableOf(interval), () => finder.Find(keys, select));
        for (var i = 0; i < keys.Length; i++)
        {
            // "Nothing is held" would be believed.
            if (found[i].Values.Count == 0 && (found[i].Damaged ?? known.Damage) is { } damage)
            {
                throw new ReplicaStoreException($"Key {keys[i]} may lie in what is damaged: {damage} Ask another peer.");
            }
        }

        return [.. found.Select(key => key.Values)];
    }

    private ImmutableArray<DamagedInterval> DamagedWithin(UnixMinute fromMinute, UnixMinute toMinute) =>
    [
        .. held.Intervals
            .Where(i => i.Value.Damage is not null && i.Key.EndMinute > fromMinute && i.Key.FirstMinute < toMinute)
            .Select(i => new DamagedInterval(i.Key, i.Value.Damage!)),
    ];

    private PostgreSqlIntervals IntervalsOf(NpgsqlConnection connection) => new(connection, schema, connector.Place);

    private T WithConnection<T>(Func<NpgsqlConnection, T> read)
    {
        // Npgsql has given the connection up after a failure of the server: nothing could be read with it again.
        if (_connection is { State: not ConnectionState.Open })
        {
            Disconnect();
        }

        // A connection opened before a restart of the server turns out to be dead when it is used: a new one is tried, once.
        var mayBeStale = _connection is not null;
        while (true)
        {
            try
            {
                _connection ??= connector.OpenForReading();
                return read(_connection);
            }
            catch (Exception e) when (PostgreSqlOutage.Is(e))
            {
                Disconnect();
                if (!mayBeStale)
                {
                    throw new ReplicaStoreException($"{connector.Place} cannot be reached: {e.Message.TrimEnd('.')}. See that the server runs.", e);
                }

                mayBeStale = false;
            }
        }
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
