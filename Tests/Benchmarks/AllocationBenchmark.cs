using AllData.Events;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// Bytes allocated for each event on the way from a coordinator to its own replica: one silo in this process, one replica, calls from within the
/// silo, so that no connection is counted.
/// </summary>
internal static class AllocationBenchmark
{
    private const int InFlight = 64;
    private const int Batch = 64;
    private const int EventBytes = 200;

    /// <summary>Runs it and prints both figures.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var events = LoadedCluster.Number(args, "--events", 200_000);
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..1]);
        var peer = AllDataCluster.Six[0].Id;
        var payload = EventPayload.FromText($$"""{"text":"{{new string('x', EventBytes - 11)}}"}""");
        var payloads = Enumerable.Repeat(payload, Batch).ToArray();
        Console.WriteLine($"{events:N0} events of {EventBytes} bytes, {InFlight} calls in flight; the events themselves are not counted, a batch's "
            + "packed bytes are");
        await MeasureAsync("single puts", events, 1, () => cluster.CoordinatorOn(peer).Put(payload));
        await MeasureAsync($"batches of {Batch}", events, Batch, () => cluster.CoordinatorOn(peer).PutMany(EventBatch.Of(payloads)));
        return 0;
    }

    private static async Task MeasureAsync(string name, int events, int batch, Func<Task> put)
    {
        // The first calls compile code and fill caches.
        await LoopAsync(events / batch / 4, put);
        var (before, collections) = (GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0));
        await LoopAsync(events / batch, put);
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        Console.WriteLine($"{name,-14}  {(double)bytes / events,8:N0} bytes an event, {GC.CollectionCount(0) - collections} collections");
    }

    private static Task LoopAsync(int calls, Func<Task> put) => Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
    {
        while (Interlocked.Decrement(ref calls) >= 0)
        {
            await put();
        }
    })));
}
