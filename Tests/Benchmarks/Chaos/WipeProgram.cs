using System.Diagnostics;
using System.Globalization;
using AllData.Peers;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>A peer loses its disk: how fast it is refilled, and what is left of the rate of puts meanwhile.</summary>
internal static class WipeProgram
{
    private const string Victim = "east-f";

    // A minute, and the time after which it is compared.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(80);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RefillBound = TimeSpan.FromMinutes(5);

    /// <summary>Runs it; 1 when the peer was not refilled.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        var seconds = LoadedCluster.Number(args, "--seconds", 20);
        await using var cluster = await LocalClusterProcesses.StartAsync(LoadedCluster.Peers);
        var peers = cluster.Layout.Peers;
        await using var control = new LoadGateway(peers[0]);
        await control.ConnectAsync();
        var meter = new RepairMeter(control.Grains, cluster.Layout);
        await using var load = await BatchLoad.StartAsync(peers.Where(static peer => peer.Id.Value != Victim));

        // As many on the victim as requested: each event is on half of the peers.
        await FillAsync(load, meter, LoadedCluster.Number(args, "--events", 1_000_000), log);
        var usual = await RateAsync(load, TimeSpan.FromSeconds(seconds));
        var held = (await meter.ReportAsync(PeerId.Parse(Victim)))!.Events;
        log.Say(string.Create(CultureInfo.InvariantCulture, $"{usual:N0} puts/s with six peers; {Victim} holds {held:N0} events and loses them"));

        // What was put is at rest then: repair takes it at once, and what is put meanwhile is counted apart.
        load.IsPaused = true;
        await Task.Delay(Rest);
        cluster[Victim].Kill();
        await cluster[Victim].EndsAsync();
        DiskDamage.Wipe(cluster.Layout.Find(Victim)!.DataDirectory);
        load.IsPaused = false;
        var without = await RateAsync(load, TimeSpan.FromSeconds(seconds));
        log.Say(string.Create(CultureInfo.InvariantCulture, $"{without:N0} puts/s with five peers"));
        await cluster.RestartAsync(Victim);
        log.Say($"{Victim} runs again, with an empty disk");
        var (refill, meanwhile) = await RefillAsync(load, meter, held, log);
        log.Print(string.Create(CultureInfo.InvariantCulture,
            $"refilled at {refill:N0} events/s; puts meanwhile {meanwhile:N0}/s, {meanwhile / usual:0.00} of the usual rate; {load.Failed:N0} events failed"));
        return refill > 0 ? 0 : 1;
    }

    private static async Task FillAsync(BatchLoad load, RepairMeter meter, int events, RunLog log)
    {
        await Eventually.IsAsync(
            $"{Victim} holds {events} events",
            async () => (await meter.ReportAsync(PeerId.Parse(Victim)))?.Events ?? 0,
            held => held >= events,
            TimeSpan.FromMinutes(10));
        log.Say($"{load.Acknowledged:N0} events put");
    }

    private static async Task<double> RateAsync(BatchLoad load, TimeSpan length)
    {
        var (before, watch) = (load.Acknowledged, Stopwatch.StartNew());
        await Task.Delay(length);
        return (load.Acknowledged - before) / watch.Elapsed.TotalSeconds;
    }

    /// <summary>From the first block that it fetched until it has fetched as many events as it had.</summary>
    private static async Task<(double Refill, double Puts)> RefillAsync(BatchLoad load, RepairMeter meter, long held, RunLog log)
    {
        var (bound, acknowledged, before, begun) = (Stopwatch.StartNew(), 0L, 0L, (Stopwatch?)null);
        while (bound.Elapsed < RefillBound)
        {
            await Task.Delay(Look);
            var repair = (await meter.ReportAsync(PeerId.Parse(Victim)))?.Repair;
            if (begun is null && repair is { FetchedEvents: > 0 })
            {
                (begun, acknowledged, before) = (Stopwatch.StartNew(), load.Acknowledged, repair.FetchedEvents);
                log.Say($"{Victim} begins to fetch");
            }
            else if (begun is { } watch && repair is { } now && (now.FetchedEvents >= held || now.IsCaughtUp))
            {
                log.Say($"{Victim} has fetched {now.FetchedEvents:N0} events, {now.FetchedBytes:N0} bytes");
                return ((now.FetchedEvents - before) / watch.Elapsed.TotalSeconds, (load.Acknowledged - acknowledged) / watch.Elapsed.TotalSeconds);
            }
        }

        log.Say($"{Victim} was not refilled within {RefillBound}");
        return (0, 0);
    }
}
