using System.Diagnostics;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Hosting;
using AllData.Streaming;
using AllData.Tests.Support;
using Orleans.Hosting;

namespace AllData.Benchmarks;

/// <summary>
/// Many grains that are subscribed to the one stream of all events, in three silos of this process: what they are given while events are put, and what is read
/// from the store for that; then the same events again for all of them at once.
/// </summary>
internal static class StreamBenchmark
{
    private const string Provider = "Bench";
    private const int EventBytes = 200;
    private const int BatchesPerSecond = 10;

    /// <summary>Runs it and prints the figures.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (subscribers, seconds) = (LoadedCluster.Number(args, "--subscribers", 1_000), LoadedCluster.Number(args, "--seconds", 20));
        var rate = LoadedCluster.Number(args, "--rate", 200);
        var source = new CountedFollowSource();
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..3],
            silos: silo =>
            {
                silo.AddMemoryGrainStorage("PubSubStore").AddAllDataStreams(Provider);
                source.AddTo(silo);
            },
            clients: static client => client.AddAllDataStreams(Provider));
        var counts = Enumerable.Range(0, subscribers).ToDictionary(static n => $"{Provider}/{n}", static _ => new StrongBox<long>());
        foreach (var (name, count) in counts)
        {
            Heard.Counted[name] = count;
        }

        Console.WriteLine($"before subscriptions: {Memory()}");
        var watch = Stopwatch.StartNew();
        foreach (var some in counts.Keys.Chunk(50))
        {
            await Task.WhenAll(some.Select(name => cluster.Client.GetGrain<IListenerGrain>(name).Subscribe(Provider, null)));
        }

        // Each has been told of the silo that reads when it has the first event.
        await PutAsync(cluster, 1);
        await AllHaveAsync(counts, 1);
        Console.WriteLine($"{subscribers:N0} subscriptions made and given the first event in {watch.Elapsed.TotalSeconds:N1} s: {Memory()}");

        var (own, read) = (source.Own, source.Events);
        watch.Restart();
        var events = await PutForAsync(cluster, seconds, rate / BatchesPerSecond);
        var put = watch.Elapsed;
        await AllHaveAsync(counts, events + 1);
        Print("while events were put", events, put, watch.Elapsed, subscribers, source.Events - read, source.Own - own);

        (own, read) = (source.Own, source.Events);
        watch.Restart();
        await Task.WhenAll(counts.Keys.Select(name => cluster.Client.GetGrain<IListenerGrain>(name).Rewind(Provider, EventPositionToken.Beginning)));

        // Orleans looks at the new position of a subscription when it has something for it.
        await PutAsync(cluster, 1);
        await AllHaveAsync(counts, (2 * (events + 1)) + 1);
        Print("all from the beginning", events + 2, TimeSpan.Zero, watch.Elapsed, subscribers, source.Events - read, source.Own - own);
        return 0;
    }

    private static async Task<int> PutForAsync(AllDataCluster cluster, int seconds, int batch)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / BatchesPerSecond));
        for (var n = 0; n < seconds * BatchesPerSecond; n++)
        {
            await PutAsync(cluster, batch);
            await timer.WaitForNextTickAsync();
        }

        return seconds * BatchesPerSecond * batch;
    }

    private static async Task PutAsync(AllDataCluster cluster, int count)
    {
        var payload = EventPayload.FromText($$"""{"text":"{{new string('x', EventBytes - 11)}}"}""");
        var results = await cluster.CoordinatorOn(AllDataCluster.Six[0].Id).PutMany(EventBatch.Of(Enumerable.Repeat(payload, count).ToArray()));
        if (results.FirstOrDefault(static r => r.Error is not null)?.Error is { } error)
        {
            throw error;
        }
    }

    private static Task AllHaveAsync(Dictionary<string, StrongBox<long>> counts, long events) => Eventually.IsAsync(
        "all have all", () => counts.Values.Min(static c => Interlocked.Read(ref c.Value)), least => least >= events, TimeSpan.FromMinutes(5));

    private static void Print(string phase, int events, TimeSpan put, TimeSpan taken, int subscribers, long read, int own)
    {
        var rate = put > TimeSpan.Zero ? $" put at {events / put.TotalSeconds:N0}/s" : "";
        Console.WriteLine(
            $"{phase}: {events:N0} events{rate}, all given {(taken - put).TotalSeconds:N1} s later: "
            + $"{events / taken.TotalSeconds * subscribers:N0} deliveries/s; {read:N0} events read from the store, "
            + $"{own:N0} scans of those behind; {Memory()}");
    }

    private static string Memory()
    {
        var live = GC.GetTotalMemory(forceFullCollection: true) >> 20;
        var resident = ProcessFigures.WorkingSetOf(Environment.ProcessId) >> 20;
        return $"{live:N0} MiB live, resident {resident:N0}, at most {ProcessFigures.TakePeaks([Environment.ProcessId])}";
    }
}
