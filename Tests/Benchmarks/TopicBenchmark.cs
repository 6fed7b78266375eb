using System.Diagnostics;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Benchmarks;

/// <summary>What a topic costs when it is put, and saves when it is read, at one store.</summary>
internal static class TopicBenchmark
{
    private const int Events = 100;
    private const int Blocks = 10_000;
    private const int Rounds = 5;
    private const int InFlight = 16;

    private static readonly Topic Orders = Topic.Parse("orders");

    public static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("alldata-topics-").FullName;
        try
        {
            await ReadAsync(Path.Combine(folder, "read"));
            await AppendAsync(folder);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ReadAsync(string folder)
    {
        await using var store = BenchStores.OpenSqlite(folder);
        await AppendAllAsync(store, BenchStores.FormBlocks(Events, Blocks, static i => i % 100 == 0 ? Orders : null));
        var (all, ofTopic) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            all.Add(await ReadAsync(store, topic: null, Events * Blocks));
            ofTopic.Add(await ReadAsync(store, Orders, Events * Blocks / 100));
        }

        // The first of each warms up.
        var (whole, part) = (Median(all[1..]), Median(ofTopic[1..]));
        Console.WriteLine(
            $"{Events * Blocks:N0} events: all read in {whole:N1} ms, the topic with a hundredth of them in {part:N2} ms: {whole / part:N0} times faster.");
    }

    private static async Task<double> ReadAsync(IReplicaStore store, Topic? topic, int expected)
    {
        var watch = Stopwatch.StartNew();
        var range = new BlockRange(default, EventKey.MaxValue, [], After: null, MaxBytes: 3 << 17) { Topic = topic };
        var buckets = await store.ReadBucketsAsync(
            new BucketRange(UnixMinute.First, UnixMinute.End, 8_192) { Topic = topic }, CancellationToken.None);
        var events = 0;
        while (true)
        {
            var page = await store.ReadPageAsync(range, CancellationToken.None);
            for (var rest = page.Blocks.AsSpan(); !rest.IsEmpty; rest = rest[BlockCodec.LengthOf(rest)..])
            {
                events += BlockCodec.DecodeHeader(rest[..BlockCodec.LengthOf(rest)]).EventCount;
            }

            if (page.Next is not { } next)
            {
                return events == expected && buckets.Buckets.Sum(static b => b.Events) == expected
                    ? watch.Elapsed.TotalMilliseconds
                    : throw new InvalidOperationException($"{events} events were read, {expected} are there.");
            }

            range = range with { After = next };
        }
    }

    private static async Task AppendAsync(string folder)
    {
        var ratios = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var without = await AppendAsync(Path.Combine(folder, $"without-{round}"), topicOf: null);
            var with = await AppendAsync(Path.Combine(folder, $"with-{round}"), static i => Topic.Parse($"topic-{i % 10}"));
            ratios.Add(with / without);
        }

        Console.WriteLine($"Appends of blocks with ten topics take {100 * (Median(ratios[1..]) - 1):N1} % longer than without.");
    }

    private static async Task<double> AppendAsync(string folder, Func<int, Topic?>? topicOf)
    {
        var blocks = BenchStores.FormBlocks(Events, Blocks / 5, topicOf);
        await using var store = BenchStores.OpenSqlite(folder);
        var watch = Stopwatch.StartNew();
        await AppendAllAsync(store, blocks);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static Task AppendAllAsync(IReplicaStore store, List<Block> blocks) => Parallel.ForEachAsync(
        blocks, new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (block, _) => await BenchStores.AppendAsync(store, block));

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
