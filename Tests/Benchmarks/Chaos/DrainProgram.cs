using System.Diagnostics;
using System.Globalization;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>A peer is drained and dropped under load by the <c>alldata</c> program, after an attempt to drop it unprepared.</summary>
internal static class DrainProgram
{
    private const string Leaving = "east-f";
    private const int InFlight = 64;

    private static readonly TimeSpan ConvergenceBound = TimeSpan.FromMinutes(5);

    /// <summary>Runs it; 1 when a put failed, a copy is missing, or the unsafe drop was not refused.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var log = RunLog.Open(args);
        var record = new LoadRecord();
        await using var cluster = await LocalClusterProcesses.StartAsync(LoadedCluster.Peers);
        var staying = cluster.Layout.Peers.Where(static peer => peer.Id.Value != Leaving).ToArray();
        await using var load = await LoadDriver.StartAsync(staying, InFlight, record, perSecond: LoadedCluster.Number(args, "--rate", 1_000));
        await Task.Delay(TimeSpan.FromSeconds(LoadedCluster.Number(args, "--seconds", 30)));
        string[] gateways = [.. staying.SelectMany(static p => new[] { "--gateway", $"127.0.0.1:{p.GatewayPort}" })];

        var refused = await TellAsync(log, ["drop", Leaving, .. gateways]);
        var drained = await TellAsync(log, ["drain", Leaving, .. gateways]);
        var dropped = await TellAsync(log, ["drop", Leaving, .. gateways]);
        log.Say($"{Leaving} stops, exit code {await cluster[Leaving].StopAsync()}");
        await load.AcknowledgesAsync("after the drop", 1_000);
        await load.StopAsync();

        var (audit, took) = await CopyAudit.ConvergesAsync(load.Grains, ConvergenceBound, log.Say);
        var scan = await ScanBack.CompletesAsync(load.Grains, record.Acknowledged, ConvergenceBound, log.Say);
        await Task.WhenAll(staying.Select(peer => cluster[peer.Id.Value].StopAsync()));
        var stored = await StoredCopies.CountAsync(cluster.Layout, record.Acknowledged);
        var isWell = (refused, drained, dropped) == (1, 0, 0) && record.Failures.IsEmpty && audit.IsWell && stored.Below(3) == 0 && scan.Missing == 0;
        log.Print(string.Create(CultureInfo.InvariantCulture, $"""
            {record.Count:N0} acknowledged, {record.Failures.Count} attempts failed, longest pause {record.LongestPause.TotalSeconds:0.00} s
            convergence {took.TotalSeconds:0} s; {audit}; scan {scan}
            {stored.Below(3)} acknowledged events on fewer than 3 of the remaining peers, {stored.Lost} lost
            verdict {(isWell ? "well" : "NOT WELL")}
            """));
        return isWell ? 0 : 1;
    }

    private static async Task<int> TellAsync(RunLog log, string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        var run = await ProgramRun.DotnetAsync(TimeSpan.FromMinutes(10), ".", [Repository.OutputOf("Client", "alldata.dll"), .. arguments]);
        log.Say($"alldata {arguments[0]} {arguments[1]}: exit code {run.ExitCode} after {watch.Elapsed.TotalSeconds:0.0} s");
        log.Print((run.Output + run.Errors).TrimEnd());
        return run.ExitCode;
    }
}
