using System.Globalization;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// The two silos of a region are away for a while under load: stopped, or cut off from the other silos by broken connections, with Orleans'
/// membership deciding. Then the time until all copies are in their places, and the bytes moved for it beside the bytes that were missing.
/// </summary>
internal sealed class RegionProgram : IDisposable
{
    private const string Region = "west";
    private const int InFlight = 64;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EvictionBound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ConvergenceBound = TimeSpan.FromMinutes(5);

    private readonly LoadRecord _record = new();
    private readonly RunLog _log;
    private readonly bool _isCut;
    private readonly TimeSpan _away;
    private readonly int _perSecond;

    private RegionProgram(string[] args)
    {
        _log = RunLog.Open(args);
        _isCut = Array.IndexOf(args, "--how") is >= 0 and var i && args[i + 1] == "cut";
        _away = TimeSpan.FromSeconds(LoadedCluster.Number(args, "--seconds", 120));
        _perSecond = LoadedCluster.Number(args, "--rate", 1_000);
    }

    /// <summary>Runs it; 1 when anything was lost or did not come back to its place.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var program = new RegionProgram(args);
        return await program.RunAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private async Task<int> RunAsync()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(StandIns.Program(CutOffSilo.Command), LoadedCluster.Peers);
        var (away, others) = (PeersOf(cluster.Layout, isAway: true), PeersOf(cluster.Layout, isAway: false));
        await using var load = await LoadDriver.StartAsync(cluster.Layout.Peers, InFlight, _record, perSecond: _perSecond);
        await using var control = new LoadGateway(others[0]);
        await control.ConnectAsync();
        await Task.Delay(WarmUp);
        var meter = new RepairMeter(control.Grains, cluster.Layout);
        await meter.BeginAsync();

        var left = DateTimeOffset.UtcNow;
        _log.Say($"{Region} goes: {_record.Count:N0} acknowledged, {_record.Failures.Count} attempts failed");
        await LeaveAsync(cluster, away);
        var back = DateTimeOffset.UtcNow;
        _log.Say($"{Region} comes back: {_record.Count:N0} acknowledged, {_record.Failures.Count} attempts failed");
        await ReturnAsync(cluster, load, away, meter);
        await load.StopAsync();

        var (audit, took) = await CopyAudit.ConvergesAsync(control.Grains, ConvergenceBound, _log.Say);
        var moved = await meter.ReadAsync();
        var scan = await ScanBack.CompletesAsync(control.Grains, _record.Acknowledged, ConvergenceBound, _log.Say);
        await cluster.StopAllAsync();
        var stored = await StoredCopies.CountAsync(cluster.Layout, _record.Acknowledged);
        var missing = away.Sum(peer => stored.BytesOwedBy(peer.Id, left, back));
        return Judge(audit, took, moved, missing, scan, stored);
    }

    private async Task LeaveAsync(LocalClusterProcesses cluster, LocalClusterPeer[] away)
    {
        if (!_isCut)
        {
            away.ToList().ForEach(peer => cluster[peer.Id.Value].Pause());
            await Task.Delay(_away);
            away.ToList().ForEach(peer => cluster[peer.Id.Value].Continue());
            return;
        }

        await File.WriteAllTextAsync(CutOffSilo.FileOf(cluster.Layout), Region);
        await Task.Delay(_away);
        File.Delete(CutOffSilo.FileOf(cluster.Layout));
    }

    /// <summary>A silo that was declared dead ends on its own, and is started again.</summary>
    private async Task ReturnAsync(LocalClusterProcesses cluster, LoadDriver load, LocalClusterPeer[] away, RepairMeter meter)
    {
        foreach (var peer in cluster.Layout.Peers)
        {
            var silo = cluster[peer.Id.Value];
            if (away.Contains(peer))
            {
                await Eventually.IsAsync($"{peer.Id} finds itself declared dead and ends", () => silo.HasEnded, static ended => ended, EvictionBound);
            }

            if (silo.HasEnded)
            {
                _log.Say($"{peer.Id} has ended by itself, exit code {await silo.EndsAsync()}; it is started again");
                await cluster.RestartAsync(peer.Id.Value);
                await load.UseAsync(peer.Id.Value);
                meter.OnRestarted(peer.Id);
            }
        }

        _log.Say("all run again");
    }

    private int Judge(CopyAudit audit, TimeSpan took, (long Blocks, long Bytes, long Known) moved, long missing, ScanBack scan, StoredCopies stored)
    {
        var lost = Math.Max(stored.Lost, scan.Missing);
        var isWell = lost == 0 && audit.IsWell && stored.BlocksAway == 0 && scan.IsComplete;
        foreach (var group in _record.Failures.GroupBy(static f => $"{f.Error.GetType().Name} through {f.Gateway}").OrderBy(static g => g.Key))
        {
            _log.Print($"failed and made again: {group.Count()} {group.Key}: {group.First().Error.Message.Split('\n')[0]}");
        }

        _log.Print(string.Create(CultureInfo.InvariantCulture, $"""
            {Region} {(_isCut ? "cut off" : "stopped")} for {_away.TotalSeconds:0} s; {_record.Count:N0} acknowledged, longest pause {_record.LongestPause.TotalSeconds:0.00} s; given up {_record.GivenUp.Count}
            convergence {took.TotalSeconds:0} s after the last start; {audit}
            moved {moved.Blocks:N0} blocks, {moved.Bytes:N0} bytes ({moved.Known:N0} blocks had come in between); missing {missing:N0} bytes; ratio {(double)moved.Bytes / missing:0.00}
            lost {lost}; scan {scan}; {stored.Below(3):N0} acknowledged events on fewer than 3 peers, {stored.BlocksAway:N0} blocks away
            verdict {(isWell ? "well" : "NOT WELL")}
            """));
        return isWell ? 0 : 1;
    }

    private static LocalClusterPeer[] PeersOf(LocalClusterLayout layout, bool isAway) =>
        [.. layout.Peers.Where(peer => (peer.Location.Region == Region) == isAway)];
}
