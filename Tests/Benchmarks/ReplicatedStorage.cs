using System.Diagnostics;
using System.Globalization;
using AllData.Protocol.Blocks;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// The ceiling of a put: several group-committing stores written by this one process without any calls in between. Each block goes to all of them
/// and counts when a majority has flushed it; what is still to come is bounded as well, for no store may fall behind without end.
/// </summary>
internal static class ReplicatedStorage
{
    private const int Rounds = 5;

    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(3);

    private static readonly (int Events, int InFlight, int Blocks)[] Cases =
        [(1, 64, 60_000), (1, 512, 150_000), (64, 64, 10_000), (64, 512, 10_000), (512, 64, 1_500), (512, 512, 1_500)];

    /// <summary>Measures all sizes and prints a line for each.</summary>
    /// <param name="replicas">Stores.</param>
    /// <param name="postgreSql">Stores in one PostgreSQL server instead of files.</param>
    public static async Task<int> RunAsync(int replicas, bool postgreSql)
    {
        Console.WriteLine($"{replicas} {(postgreSql ? "PostgreSQL" : "SQLite")} stores, a block counts at {Majority(replicas)}; median of {Rounds} "
            + "rounds; events are counted once");
        Console.WriteLine("events/block  blocks in flight  blocks/transaction    events/s  p50 ms  p99 ms");
        await using var server = postgreSql ? await StartServerAsync() : null;
        foreach (var (events, inFlight, count) in Cases)
        {
            var blocks = BenchStores.FormBlocks(events, count);
            var rounds = new List<Measured>();
            for (var round = 0; round < Rounds; round++)
            {
                rounds.Add(await MeasureAsync(replicas, blocks, inFlight, server));
            }

            var median = rounds.OrderBy(static r => r.BlocksPerSecond).ElementAt(Rounds / 2);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{events,12}  {inFlight,16}  {median.BlocksPerTransaction,18:0.0}  {median.BlocksPerSecond * events,10:N0}  {median.P50,6:0.00}  "
                    + $"{median.P99,6:0.00}"));
        }

        return 0;
    }

    /// <summary>One round in files: blocks of so many events.</summary>
    public static Task<Measured> MeasureSqliteAsync(int replicas, int events, int inFlight, int blocks) =>
        MeasureAsync(replicas, BenchStores.FormBlocks(events, blocks), inFlight, server: null);

    private static int Majority(int replicas) => (replicas / 2) + 1;

    private static async Task<Measured> MeasureAsync(int replicas, IReadOnlyList<Block> blocks, int inFlight, ServerForStores? server)
    {
        using var folder = new TemporaryDirectory();
        var database = server is null ? null : await server.Server.CreateDatabaseAsync();
        var stores = Enumerable.Range(0, replicas).Select(i => Open(Path.Combine(folder.Path, $"{i}"), database, $"bench-{i}")).ToArray();
        try
        {
            return await AppendAllAsync(stores, blocks, inFlight);
        }
        finally
        {
            await Task.WhenAll(stores.Select(static s => s.DisposeAsync().AsTask()));
        }
    }

    private static IReplicaStore Open(string directory, string? database, string peer)
    {
        Directory.CreateDirectory(directory);
        return database is null ? BenchStores.OpenSqlite(directory) : BenchStores.OpenPostgreSql(database, peer);
    }

    private static async Task<Measured> AppendAllAsync(IReplicaStore[] stores, IReadOnlyList<Block> blocks, int inFlight)
    {
        // The first block makes the files or the tables.
        await Task.WhenAll(stores.Select(s => BenchStores.AppendAsync(s, blocks[0])));
        var latencies = new double[blocks.Count];
        var next = 0;
        var before = stores.Sum(static s => s.Statistics.Transactions);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            var rest = Task.CompletedTask;
            for (int i; watch.Elapsed < LongestRound && (i = Interlocked.Increment(ref next)) < blocks.Count;)
            {
                var start = Stopwatch.GetTimestamp();
                var appends = Array.ConvertAll(stores, s => BenchStores.AppendAsync(s, blocks[i]));
                await MajorityAsync(appends);
                latencies[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

                // The slowest of the block before: a caller is never more than two blocks ahead of it.
                await rest;
                rest = Task.WhenAll(appends);
            }

            await rest;
        })));
        var written = Math.Min(next, blocks.Count - 1);
        var transactions = stores.Sum(static s => s.Statistics.Transactions) - before;
        return Measured.Of(written, watch.Elapsed, latencies[1..(written + 1)], (double)written * stores.Length / transactions);
    }

    private static Task MajorityAsync(Task[] appends)
    {
        var (left, done) = (Majority(appends.Length), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        foreach (var append in appends)
        {
            append.ContinueWith(
                ended =>
                {
                    if (ended.Exception is { } failure)
                    {
                        done.TrySetException(failure);
                    }
                    else if (Interlocked.Decrement(ref left) == 0)
                    {
                        done.TrySetResult();
                    }
                },
                TaskContinuationOptions.ExecuteSynchronously);
        }

        return done.Task;
    }

    private static async Task<ServerForStores> StartServerAsync()
    {
        var server = new PostgreSqlServer();
        await server.InitializeAsync();
        return new ServerForStores(server);
    }

    private sealed record ServerForStores(PostgreSqlServer Server) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
