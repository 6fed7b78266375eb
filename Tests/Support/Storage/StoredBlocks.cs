using System.Globalization;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Log;
using AllData.Storage.Sqlite;
using Npgsql;

namespace AllData.Tests.Support;

/// <summary>The rows of a store's tables, read without the store, and recounted.</summary>
internal sealed class StoredBlocks
{
    private readonly List<Block> _blocks = [];
    private readonly List<string> _wrong = [];

    private StoredBlocks()
    {
    }

    /// <summary>The ids, one for each row.</summary>
    public IEnumerable<BlockId> Ids => _blocks.Select(block => block.Header.Id);

    /// <summary>The events in them and their digests; one that lies in two blocks comes twice.</summary>
    public IEnumerable<KeyValuePair<EventKey, EventDigest>> Events => _blocks.SelectMany(EventsOf);

    /// <summary>The number of rows with an intact block.</summary>
    public int Count => _blocks.Count;

    /// <summary>Damaged rows, ids that are there twice, and buckets that are not the sum of their blocks.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>Reads a peer's schema that is not being written to.</summary>
    public static StoredBlocks ReadPostgreSql(string connectionString, string schema = "alldata_north_a")
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        connection.Open();
        var stored = new StoredBlocks();
        var tables = Rows(connection, $"SELECT tablename FROM pg_tables WHERE schemaname='{schema}' AND tablename LIKE 'blocks%'", r => r.GetString(0));
        foreach (var table in tables)
        {
            Rows(connection, $"SELECT bytes FROM {schema}.{table}", r => r.GetFieldValue<byte[]>(0)).ForEach(stored.Add);
        }

        stored.Compare(Rows(connection, $"SELECT copyset, minute, blocks, events, digest_sum::text FROM {schema}.buckets", r => new BucketRow(
            new(r.GetInt64(0)), new(r.GetInt64(1)), r.GetInt64(2), r.GetInt64(3), UInt128.Parse(r.GetString(4), CultureInfo.InvariantCulture))));
        return stored;
    }

    /// <summary>Reads the interval files in a data directory that is not being written to.</summary>
    public static StoredBlocks ReadSqlite(string directory)
    {
        var stored = new StoredBlocks();
        var buckets = new List<BucketRow>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(directory, "intervals"), "*.db"))
        {
            using var database = SqliteDatabase.Open(file, SqliteOpening.Read, vfs: null);
            using var select = database.Prepare("SELECT bytes FROM blocks");
            while (select.Step())
            {
                stored.Add(select.GetBytes(0).ToArray());
            }

            buckets.AddRange(BucketRows.Read(file));
        }

        stored.Compare(buckets);
        return stored;
    }

    /// <summary>Reads the segments and closed files in a data directory that is not being written to; a block that was written again counts once.</summary>
    public static StoredBlocks ReadLogs(string directory)
    {
        var (stored, folder) = (new StoredBlocks(), Path.Combine(directory, "intervals"));
        foreach (var place in LogRecords.ReadAll(folder).Where(static r => r.Record.Kind == LogRecordKind.Block).GroupBy(static r => r.Record.Id)
            .Select(static same => same.Last()))
        {
            stored.Add(FileBytes.Read(place.Path, place.Offset + LogRecord.HeaderLength, place.Record.Length));
        }

        stored.Compare(Directory.GetFiles(folder, "*" + LogFormat.IndexExtension)
            .SelectMany(file => LogEngineHarness.ReadBuckets(directory, IntervalOf(Path.GetFileNameWithoutExtension(file)))));
        return stored;
    }

    private static Interval IntervalOf(string name) => Interval.Containing(
        DateTimeOffset.ParseExact(name, "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds(),
        TimeSpan.FromHours(1));

    private static List<T> Rows<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
        using var command = new NpgsqlCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static List<KeyValuePair<EventKey, EventDigest>> EventsOf(Block block)
    {
        var events = new List<KeyValuePair<EventKey, EventDigest>>(block.Header.EventCount);
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            events.Add(new(reader.Current.Key, EventDigest.Of(reader.Current.Key, reader.Current.Payload)));
        }

        return events;
    }

    private void Add(byte[] bytes)
    {
        try
        {
            _blocks.Add(BlockCodec.Decode(bytes));
        }
        catch (BlockFormatException e)
        {
            _wrong.Add(e.Message);
        }
    }

    private void Compare(IEnumerable<BucketRow> buckets)
    {
        _wrong.AddRange(_blocks.GroupBy(b => b.Header.Id).Where(g => g.Count() > 1).Select(g => $"block {g.Key} is there {g.Count()} times"));
        var counted = _blocks.GroupBy(b => (b.Header.BucketId, b.Header.UnixMinute)).Select(FreshSum.RowOf).ToHashSet();
        var stored = buckets.ToHashSet();
        _wrong.AddRange(stored.Except(counted).Select(row => $"stored {row}, not counted"));
        _wrong.AddRange(counted.Except(stored).Select(row => $"counted {row}, not stored"));
    }
}
