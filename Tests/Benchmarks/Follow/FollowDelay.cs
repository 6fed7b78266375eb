using System.Collections.Concurrent;
using System.Globalization;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Reading;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>How long after its acknowledgement an event is given to a reader that follows, while little is put.</summary>
internal static class FollowDelay
{
    private const double LiveGoalMilliseconds = 50;
    private const double OrderedGoalMilliseconds = 1_500;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    /// <summary>Runs it; 1 when a goal was not reached.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        await using var silos = await LocalClusterProcesses.StartAsync(LocalClusterLayout.MaxPeers);
        await using var connection = await StoreClients.ConnectAsync(silos.Layout.Peers);
        var (puts, verdict) = (LoadedCluster.Number(args, "--puts", 400), new RegionsVerdict("follow delay"));

        // The first ones compile the code.
        await MeasureAsync(connection, FollowMode.Live, puts);
        foreach (var (mode, goal) in new[] { (FollowMode.Live, LiveGoalMilliseconds), (FollowMode.Ordered, OrderedGoalMilliseconds) })
        {
            var delays = await MeasureAsync(connection, mode, puts);
            var (p50, p99) = (delays[delays.Count / 2], delays[delays.Count * 99 / 100]);
            verdict.Judge(
                string.Create(CultureInfo.InvariantCulture, $"{mode}: half of the events within {goal} ms of their acknowledgement"),
                p50 < goal,
                string.Create(CultureInfo.InvariantCulture, $"p50 {p50:0.0} ms, p99 {p99:0.0} ms, longest {delays[^1]:0} ms"));
        }

        return verdict.Print(log);
    }

    private static async Task<List<double>> MeasureAsync(IClusterConnection connection, FollowMode mode, int puts)
    {
        using var stop = new CancellationTokenSource();
        var (time, given, acknowledged) = (TimeProvider.System, new ConcurrentDictionary<EventKey, long>(), new Dictionary<EventKey, long>());
        var follow = connection.Grains.CreateEventReader().FollowAsync(FollowStart.Now, mode);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = Task.Run(async () =>
        {
            await foreach (var page in follow.ReadPagesAsync(stop.Token))
            {
                if (page.Position is not null)
                {
                    began.TrySetResult();
                }

                foreach (var e in page.Events?.Unpack() ?? [])
                {
                    given.TryAdd(e.Key, time.GetTimestamp());
                }
            }
        });
        await began.Task.WaitAsync(Bound);

        // By then every silo has been asked for news.
        await Task.Delay(TimeSpan.FromSeconds(3));
        for (var n = 0; n < puts; n++)
        {
            var receipt = await connection.Grains.GetPutCoordinator().Put(EventPayload.FromText($"{{\"n\":{n}}}"));
            acknowledged[receipt.Key] = time.GetTimestamp();
            await Task.Delay(Between);
        }

        await Eventually.Holds("all were given", Bound, () => acknowledged.Keys.All(given.ContainsKey), () => $"{given.Count} of {puts}");
        await stop.CancelAsync();
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // An event may be given before its caller hears that it is acknowledged.
        return [.. acknowledged.Select(a => Math.Max(0, time.GetElapsedTime(a.Value, given[a.Key]).TotalMilliseconds)).Order()];
    }
}
