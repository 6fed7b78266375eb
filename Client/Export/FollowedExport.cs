using System.Diagnostics.CodeAnalysis;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>
/// Exports each interval once it is sealed, and each new version of its certificate, until it is interrupted. Several of these processes may have the same
/// directory: one exports at a time, and when it is killed the next one goes on, because the operating system lets go of its lock. What a killed one has left
/// is removed, and what is there is not exported again.
/// </summary>
/// <param name="services">The command's surroundings.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="clusterId">Its id.</param>
/// <param name="request">How to export.</param>
/// <param name="trust">Whose signatures count; null: those of the peers that the cluster names.</param>
/// <param name="from">Intervals that begin before this key are left out; null: none is.</param>
internal sealed class FollowedExport(
    ClientServices services, ClusterSession cluster, Guid clusterId, ExportRequest request, LogTrust? trust, EventKey? from)
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);

    private readonly HashSet<(Interval Interval, int Version)> _done = [];

    // Units that were refused: when each is tried again.
    private readonly Dictionary<(Interval Interval, int Version), Attempt> _refused = [];

    private CheckedLog? _log;
    private string _said = "";

    /// <summary>Exports, and ends with an exception only.</summary>
    /// <param name="json">Whether it writes for a machine.</param>
    /// <param name="cancellation">Interrupts it.</param>
    /// <exception cref="NotCertifiedException">The log of certificates does not hold.</exception>
    [DoesNotReturn]
    public async Task RunAsync(bool json, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await LookAsync(json, cancellation);
                _said = "";
            }
            catch (Exception e) when (e is ExportException or CertificateException or OrleansException or TimeoutException)
            {
                // The directory is full, away or another process's, or no silo answers: what is in the way may have gone by the next look.
                Say(FailureText.SentenceOf(e));
            }

            await Task.Delay(Period, services.Time, cancellation);
        }
    }

    private async Task LookAsync(bool json, CancellationToken cancellation)
    {
        // Not made here: it would be made on the machine's own disk where a shared one is not mounted.
        if (!Directory.Exists(request.Directory))
        {
            throw new ExportException($"{request.Directory} is not there, and nothing is exported until it is: create it, or mount what it lies on.");
        }

        var head = await cluster.CallAsync(static g => g.GetCertificates().GetHead(), cancellation);
        if (_log is null || head.Size != _log.Head.Size)
        {
            _log = await new LogReader(cluster).ReadAsync(trust, _log?.Signed?.Head, cancellation);
        }

        var certified = new CertifiedUnits(_log);
        foreach (var unit in certified.UnitsOf(request.Required!.Value).Where(IsDue).ToList())
        {
            var run = new ExportRun(services, cluster.Grains.CreateEventReader(), clusterId, request, certified);
            var results = await run.RunAsync(new ExportPlan([unit], [], MayLackIntervals: false), cancellation);
            Take(unit, results[0], json);
        }
    }

    private bool IsDue(ExportUnit unit) => unit.From >= (from ?? unit.From) && !_done.Contains(IdOf(unit))
        && !(_refused.TryGetValue(IdOf(unit), out var attempt) && services.Time.GetElapsedTime(attempt.At) < attempt.Rest);

    private void Take(ExportUnit unit, ExportResult result, bool json)
    {
        if (result.Outcome != ExportOutcome.Refused)
        {
            _done.Add(IdOf(unit));
            _refused.Remove(IdOf(unit));
            ExportOutput.WriteOne(services.Terminal, result, json);
            return;
        }

        var before = _refused.GetValueOrDefault(IdOf(unit));
        var reason = string.Join(' ', result.Refusal!.Reasons);
        if (before?.Reason != reason)
        {
            ExportOutput.WriteOne(services.Terminal, result, json);
        }

        var rest = before is null ? Period : before.Rest * 2 < LongestRest ? before.Rest * 2 : LongestRest;
        _refused[IdOf(unit)] = new Attempt(services.Time.GetTimestamp(), rest, reason);
    }

    private static (Interval Interval, int Version) IdOf(ExportUnit unit) => (unit.Interval, unit.Version!.Value);

    // What has not changed since the last look is no news.
    private void Say(string sentence)
    {
        if (sentence != _said)
        {
            services.Terminal.Say(_said = sentence);
        }
    }

    private sealed record Attempt(long At, TimeSpan Rest, string Reason);
}
