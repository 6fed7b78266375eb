using System.Diagnostics;
using System.Globalization;
using AllData.Events;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>How a store came together.</summary>
/// <param name="AuditSeconds">From the moment that it is measured from until every cluster's audit found every block strict; null: it did not.</param>
/// <param name="WatermarkSeconds">Until every peer's watermarks of all other clusters had passed it; null: they did not.</param>
/// <param name="Audits">The last audit of each cluster.</param>
internal sealed record Convergence(double? AuditSeconds, double? WatermarkSeconds, IReadOnlyDictionary<string, CopyAudit?> Audits)
{
    /// <summary>Whether it came together.</summary>
    public bool IsComplete => AuditSeconds is not null && WatermarkSeconds is not null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"audits strict after {AuditSeconds:0.0} s, watermarks past it after {WatermarkSeconds:0.0} s ({Describe(Audits)})");

    /// <summary>Audits as a phrase.</summary>
    public static string Describe(IReadOnlyDictionary<string, CopyAudit?> audits) => string.Join(
        ", ", audits.Select(static a => a.Value is { } audit
            ? $"{a.Key}: {audit.Blocks} blocks, {audit.Relaxed} relaxed, {audit.UnderReplicated} under, {audit.Silent} silent"
            : $"{a.Key}: no audit"));
}

/// <summary>Waits, without a command, until all clusters of a store hold what they are meant to hold.</summary>
internal sealed class ConvergenceWatch(FederatedProcesses store, StoreClients clients, RunLog log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SayPeriod = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AuditBound = TimeSpan.FromMinutes(1);

    /// <summary>Waits for all that was put before now.</summary>
    /// <param name="bound">How long at most.</param>
    /// <param name="since">Measures the time; null: from now.</param>
    public async Task<Convergence> WaitAsync(TimeSpan bound, Stopwatch? since = null)
    {
        var (began, watch, said) = (DateTimeOffset.UtcNow, since ?? Stopwatch.StartNew(), TimeSpan.Zero);
        var (last, audit, watermark) = (new Dictionary<string, CopyAudit?>(), (double?)null, (double?)null);
        while (watch.Elapsed < bound && (audit is null || watermark is null))
        {
            await Task.Delay(Pause);
            if (audit is null)
            {
                last = await AuditAsync(UnixMinute.Of(began).GetEndKey());
                audit = last.Values.All(static a => a is { IsWell: true, Blocks: > 0 }) ? watch.Elapsed.TotalSeconds : null;
            }

            watermark ??= await IsPassedAsync(began) ? watch.Elapsed.TotalSeconds : null;
            if (watch.Elapsed - said > SayPeriod)
            {
                log.Say($"not together yet: {Convergence.Describe(last)}; {await WhyAsync()}");
                said = watch.Elapsed;
            }
        }

        var convergence = new Convergence(audit, watermark, last);
        log.Say($"{(convergence.IsComplete ? "together" : "NOT TOGETHER")}: {convergence}");
        return convergence;
    }

    private async Task<Dictionary<string, CopyAudit?>> AuditAsync(EventKey to)
    {
        var audits = new Dictionary<string, CopyAudit?>();
        foreach (var cluster in store.Network.Clusters)
        {
            audits[cluster] = await TryAuditAsync(clients[cluster], to);
        }

        return audits;
    }

    private static async Task<CopyAudit?> TryAuditAsync(IGrainFactory grains, EventKey to)
    {
        try
        {
            return await CopyAudit.TakeAsync(grains, to).WaitAsync(AuditBound);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private async Task<bool> IsPassedAsync(DateTimeOffset time)
    {
        var reports = await clients.ReportsAsync();
        return reports.Count == store.Layout.Peers.Length && reports.All(report => report.Repair is { Watermarks.IsDefaultOrEmpty: false } repair
            && repair.Watermarks.Length == store.Network.Clusters.Length - 1 && repair.Watermarks.All(w => w.HeldUpTo >= time));
    }

    // What each peer's repair waits for: the first thing to look at when it does not end.
    private async Task<string> WhyAsync() => string.Join("; ", (await clients.ReportsAsync()).Select(static report =>
        $"{report.Peer} {(report.Repair is { } repair ? WhyOf(repair) : "stores nothing")}"));

    private static string WhyOf(RepairReport repair) =>
        (repair.IsCaughtUp ? "ok" : $"misses {repair.MissingBlocks} blocks" + string.Concat(repair.Peers.Where(static p => !p.IsCaughtUp).Select(static p =>
            $" [{p.Peer}: {p.WaitingMinutes} minutes, {p.MissingBlocks} blocks{(p.Problem is null ? "" : $", {p.Problem}")}]")))
        + string.Concat(repair.Watermarks.Select(static w => $" {w.Cluster} {w.HeldUpTo:HH:mm}"));
}
