using System.Diagnostics;
using System.Globalization;
using AllData.Protocol.Blocks;
using AllData.Storage;
using AllData.Storage.Log;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;
using Npgsql;

namespace AllData.Benchmarks;

/// <summary>
/// Durable appends through a store beside the bare library, or a bare file, writing the same blobs in transactions of the same size, in turn, each flushed.
/// What the store adds is its queue, the check of each block, two indexes and the buckets.
/// </summary>
internal static class StorageBenchmarks
{
    private const int InFlight = 64;
    private const int PayloadBytes = 200;

    private static readonly (int Events, int Blocks)[] Sizes = [(1, 150_000), (64, 6_000), (512, 1_000)];

    /// <summary>Measures the stores and prints a line for each size of block.</summary>
    /// <param name="only">One store's name in lower case; null: all.</param>
    /// <param name="rounds">Rounds of each size.</param>
    public static async Task<int> RunAsync(string? only, int rounds)
    {
        Console.WriteLine(
            $"{InFlight} blocks in flight, {PayloadBytes}-byte payloads, median of {rounds} rounds in turn; latencies of a block and of a bare transaction");
        Console.WriteLine("store       events/block  blocks/transaction  events/s  p50 ms  p99 ms   bare events/s  p50 ms  p99 ms  ratio");
        if (only is null or "sqlite")
        {
            await MeasureAsync(
                "SQLite",
                rounds,
                blocks => WithDirectoryAsync(directory => AppendAllAsync(BenchStores.OpenSqlite(directory), blocks)),
                (blocks, size) => WithDirectoryAsync(directory => Task.FromResult(WriteBareSqlite(directory, blocks, size))));
        }

        if (only is null or "log")
        {
            await MeasureAsync(
                "log",
                rounds,
                blocks => WithDirectoryAsync(directory => AppendAllAsync(BenchStores.OpenLogs(directory), blocks)),
                (blocks, size) => WithDirectoryAsync(directory => Task.FromResult(WriteBareFile(directory, blocks, size))));
        }

        if (only is null or "postgresql")
        {
            await MeasurePostgreSqlAsync(rounds);
        }

        return 0;
    }

    private static async Task MeasurePostgreSqlAsync(int rounds)
    {
        var server = new PostgreSqlServer();
        await server.InitializeAsync();
        try
        {
            await MeasureAsync(
                "PostgreSQL",
                rounds,
                async blocks => await AppendAllAsync(BenchStores.OpenPostgreSql(await server.CreateDatabaseAsync()), blocks),
                async (blocks, size) => WriteBarePostgreSql(await server.CreateDatabaseAsync(), blocks, size));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<Measured> WithDirectoryAsync(Func<string, Task<Measured>> measure)
    {
        var directory = Directory.CreateTempSubdirectory("alldata-bench-");
        try
        {
            return await measure(directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(
        string name, int rounds, Func<IReadOnlyList<Block>, Task<Measured>> append, Func<IReadOnlyList<Block>, int, Task<Measured>> writeBare)
    {
        foreach (var (events, count) in Sizes)
        {
            var blocks = BenchStores.FormBlocks(events, count);
            var (stores, bares) = (new List<Measured>(), new List<Measured>());
            for (var round = 0; round < rounds; round++)
            {
                stores.Add(await append(blocks));
                bares.Add(await writeBare(blocks, (int)Math.Max(1, Math.Round(stores[^1].BlocksPerTransaction))));
            }

            Print(name, events, Median(stores), Median(bares));
        }
    }

    private static void Print(string name, int events, Measured store, Measured bare) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-10}  {events,12}  {store.BlocksPerTransaction,18:0.0}  {store.BlocksPerSecond * events,8:0}  {store.P50,6:0.00}  {store.P99,6:0.00}   "
        + $"{bare.BlocksPerSecond * events,13:0}  {bare.P50,6:0.00}  {bare.P99,6:0.00}  {store.BlocksPerSecond / bare.BlocksPerSecond,5:0.00}"));

    private static async Task<Measured> AppendAllAsync(IReplicaStore store, IReadOnlyList<Block> blocks)
    {
        await using var _ = store;

        // The first block makes the file or the table.
        await BenchStores.AppendAsync(store, blocks[0]);
        var latencies = new double[blocks.Count];
        var next = 0;
        var before = store.Statistics.Transactions;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < blocks.Count;)
            {
                var start = Stopwatch.GetTimestamp();
                await BenchStores.AppendAsync(store, blocks[i]);
                latencies[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        })));
        var written = blocks.Count - 1;
        return Measured.Of(written, watch.Elapsed, latencies[1..], (double)written / (store.Statistics.Transactions - before));
    }

    private static Measured WriteBareSqlite(string directory, IReadOnlyList<Block> blocks, int size)
    {
        using var database = SqliteDatabase.Open(Path.Combine(directory, "bare.db"), SqliteOpening.Create, vfs: null);

        // As large a log before it is copied as the store's.
        database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2048;");
        database.Execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, bytes BLOB)");
        using var begin = database.Prepare("BEGIN IMMEDIATE");
        using var insert = database.Prepare("INSERT INTO rows(bytes) VALUES(?1)");
        using var commit = database.Prepare("COMMIT");
        return Measure(blocks, size, transaction =>
        {
            begin.Run();
            foreach (var block in transaction)
            {
                insert.Bind(1, block.Bytes.Bytes);
                insert.Run();
            }

            commit.Run();
        });
    }

    // Space that is written already: each flush is of the data alone. The time that this takes is not measured; the store makes its space meanwhile.
    private static Measured WriteBareFile(string directory, IReadOnlyList<Block> blocks, int size)
    {
        using var file = SystemLogDisk.Instance.Create(Path.Combine(directory, "bare"));
        var zeros = new byte[1 << 20];
        for (var (offset, length) = (0L, blocks.Sum(static block => (long)block.Bytes.Bytes.Length)); offset < length; offset += zeros.Length)
        {
            file.Write(zeros, offset);
        }

        file.Flush();
        var (buffer, end) = (new byte[blocks.Chunk(size).Max(static chunk => chunk.Sum(static block => block.Bytes.Bytes.Length))], 0L);
        return Measure(blocks, size, transaction =>
        {
            var used = 0;
            foreach (var block in transaction)
            {
                block.Bytes.Bytes.CopyTo(buffer, used);
                used += block.Bytes.Bytes.Length;
            }

            file.Write(buffer.AsSpan(0, used), end);
            file.Flush();
            end += used;
        });
    }

    private static Measured WriteBarePostgreSql(string connectionString, IReadOnlyList<Block> blocks, int size)
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Max Auto Prepare=8;Auto Prepare Min Usages=2");
        connection.Open();
        using (var create = new NpgsqlCommand(
            "CREATE TABLE rows(id bigserial PRIMARY KEY, bytes bytea); ALTER TABLE rows ALTER COLUMN bytes SET STORAGE EXTERNAL", connection))
        {
            create.ExecuteNonQuery();
        }

        return Measure(blocks, size, transaction =>
        {
            using var insert = new NpgsqlCommand("INSERT INTO rows(bytes) SELECT * FROM unnest($1)", connection)
            {
                Parameters = { new NpgsqlParameter<byte[][]> { TypedValue = Array.ConvertAll(transaction, block => block.Bytes.Bytes) } },
            };
            insert.ExecuteNonQuery();
        });
    }

    private static Measured Measure(IReadOnlyList<Block> blocks, int size, Action<Block[]> write)
    {
        var latencies = new List<double>();
        var watch = Stopwatch.StartNew();
        foreach (var transaction in blocks.Chunk(size))
        {
            var start = Stopwatch.GetTimestamp();
            write(transaction);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Measured.Of(blocks.Count, watch.Elapsed, [.. latencies], size);
    }

    private static Measured Median(List<Measured> rounds) => rounds.OrderBy(round => round.BlocksPerSecond).ElementAt(rounds.Count / 2);
}
