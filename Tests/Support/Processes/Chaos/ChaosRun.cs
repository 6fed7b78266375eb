using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>
/// Six silos, each a process, under load, while they are killed, hung, restarted, wiped, filled up and damaged by a seeded schedule; then the
/// wait until all copies are in their places, and the comparison of what clients were told with what is there.
/// </summary>
internal sealed class ChaosRun(ChaosOptions options, Action<string> say)
{
    private const int Peers = 6;
    private const int InFlight = 64;

    private readonly FaultSchedule _schedule = new(options.Seed, Peers);
    private readonly LoadRecord _record = new();
    private SmallDisk? _smallDisk;

    /// <summary>Runs it to its verdict.</summary>
    public async Task<ChaosVerdict> RunAsync()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(
            SiloProcess.SiloProgram, Peers, layout => _smallDisk = SmallDisk.TryMount(layout.Peers[_schedule.SmallDisk].DataDirectory),
            [.. options.Settings]);
        say($"seed {options.Seed}: six silos run; copies are destroyed on {cluster.Layout.Peers[_schedule.Victim].Id}, the disk of "
            + $"{cluster.Layout.Peers[_schedule.SmallDisk].Id} {(_smallDisk is null ? "cannot be made small: mounting is not permitted" : "is small")}");
        await using var load = await LoadDriver.StartAsync(cluster.Layout.Peers, InFlight, _record, perSecond: options.PerSecond);
        var watch = Stopwatch.StartNew();
        var faulty = new FaultyCluster(cluster, load, _smallDisk, say);
        await PerformAsync(faulty);
        await load.StopAsync();
        return await JudgeAsync(cluster, load, faulty, watch.Elapsed);
    }

    private async Task PerformAsync(FaultyCluster faulty)
    {
        using var watching = new CancellationTokenSource();
        using var faults = new CancellationTokenSource(options.Length);
        var watch = faulty.WatchAsync(watching.Token);
        await Task.WhenAll(faulty.PerformAsync(_schedule.HarmlessRow(), faults.Token), faulty.PerformAsync(_schedule.SevereRow(), faults.Token));
        say("the last fault is over");

        // A silo that was evicted meanwhile is started before the watch ends.
        await watching.CancelAsync();
        await watch;
        await faulty.ReviveAsync();
    }

    private async Task<ChaosVerdict> JudgeAsync(LocalClusterProcesses cluster, LoadDriver load, FaultyCluster faulty, TimeSpan loadTime)
    {
        var (audit, convergence) = await CopyAudit.ConvergesAsync(load.Grains, options.ConvergenceBound, say);
        var scan = await ScanBack.CompletesAsync(load.Grains, _record.Acknowledged, options.ConvergenceBound, say);
        await cluster.StopAllAsync();
        return new ChaosVerdict
        {
            Faults = faulty.Performed,
            Evicted = faulty.EndedByThemselves,
            Record = _record,
            LoadTime = loadTime,
            Convergence = convergence,
            Audit = audit,
            Scan = scan,
            Stored = await StoredCopies.CountAsync(cluster.Layout, _record.Acknowledged),
        };
    }
}
