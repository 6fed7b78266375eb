using System.Diagnostics;
using System.Globalization;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// Six silos seal intervals of five minutes under load: first with all of them up, then with one that is away beyond the close of an interval, then while
/// they are killed, hung and restarted by a seeded schedule. Their clock is set ahead in small steps all the time. At the end every certificate is compared
/// with an independent count over the files of all peers.
/// </summary>
internal sealed class SealingChaos : IAsyncDisposable
{
    private const int InFlight = 32;
    private const int LinesShown = 5;

    // As much as clocks may differ that agree, and so seldom that each silo hears of a step before the next one.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(28);
    private static readonly TimeSpan StepEvery = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan AwayBeyondClose = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SealBound = TimeSpan.FromMinutes(4);

    private readonly LoadRecord _record;
    private readonly SealingVerdict _verdict;
    private readonly SealedSilos _silos;
    private readonly RunLog _log;
    private readonly CancellationToken _stop;
    private readonly LoadDriver _load;
    private readonly SealingWatch _watch;
    private readonly CancellationTokenSource _clockStop;
    private readonly Task _clock;
    private readonly Interval _first;

    private SealingChaos(SealedSilos silos, LoadDriver load, LoadRecord record, RunLog log, CancellationToken stop)
    {
        (_silos, _load, _record, _log, _stop, _first) = (silos, load, record, log, stop, silos.Present);
        _verdict = new SealingVerdict(log);
        _watch = new SealingWatch(silos, () => load.Grains);
        _clockStop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _clock = StepAsync(silos.Clock, _clockStop.Token);
    }

    /// <summary>Runs it; 1 when a certificate is wrong.</summary>
    public static async Task<int> RunAsync(RunLog log, string[] args, CancellationToken stop)
    {
        var (quiet, chaos) = (LoadedCluster.Number(args, "--quiet", 3), LoadedCluster.Number(args, "--chaos", 6));
        var (seed, rate) = (LoadedCluster.Number(args, "--seed", 1), LoadedCluster.Number(args, "--rate", 150));
        await using var silos = await SealedSilos.StartAsync(LoadedCluster.Peers, log).WaitAsync(stop);
        var record = new LoadRecord();
        await using var load = await LoadDriver.StartAsync(silos.Peers, InFlight, record, withFreshKeys: true, rate);
        await using var run = new SealingChaos(silos, load, record, log, stop);
        log.Say($"seed {seed}: six silos run, {rate} events a second");
        await run.FinishAsync(await run.DisturbedAsync(quiet, chaos, seed));
        return run._verdict.Print();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _clockStop.CancelAsync();
        await _clock;
        await _watch.DisposeAsync();
        _clockStop.Dispose();
    }

    private static async Task StepAsync(SharedClock clock, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(StepEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            clock.Advance(Step);
        }
    }

    private async Task<IReadOnlyList<Interval>> SealQuietlyAsync(int count)
    {
        var intervals = Following(_first, count);
        foreach (var interval in intervals)
        {
            await ClosesAsync(interval);
            await SealsAsync(interval);
            Tell(interval);
        }

        Judge("all peers up", intervals);
        return intervals;
    }

    private async Task SealWithOneAwayAsync(FaultyCluster faulty, int seed)
    {
        var interval = NextToClose();
        var close = TimeSpan.FromMilliseconds(SealedSilos.CloseOf(interval) - _silos.Clock.UnixMilliseconds) * (StepEvery / (Step + StepEvery));
        var away = close + AwayBeyondClose;
        _log.Say($"a peer is away before interval {interval} closes and for {AwayBeyondClose.TotalSeconds:0} s after that");
        var killed = Stopwatch.GetTimestamp();
        await faulty.PerformAsync([new Fault(FaultKind.Kill, new Random(seed).Next(_silos.Peers.Length), away, TimeSpan.Zero, seed)], _stop);
        _stop.ThrowIfCancellationRequested();
        var back = Stopwatch.GetTimestamp();
        await SealsAsync(interval);
        Tell(interval);
        var at = _watch.SealedAt(interval);
        var isEarly = at is { } early && Stopwatch.GetElapsedTime(killed, early) < away;
        _verdict.Judge(
            "an interval waits for a peer that is away, and is sealed when it is back", at is not null && !isEarly,
            at is null ? "not sealed" : isEarly ? "sealed while it was away" : string.Create(
                CultureInfo.InvariantCulture,
                $"sealed {_watch.DelayOf(interval)!.Value.TotalSeconds:0.0} s after the close, {Stopwatch.GetElapsedTime(killed, at.Value).TotalSeconds:0.0} s "
                    + $"after the peer was killed, which took puts again {Stopwatch.GetElapsedTime(killed, back).TotalSeconds:0.0} s after that"));
    }

    private async Task DisturbAsync(FaultyCluster faulty, int seed, int intervals)
    {
        var until = Following(_silos.Present, intervals + 1)[^1];
        using var faults = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        var performing = faulty.PerformAsync(new FaultSchedule(seed, _silos.Peers.Length).HarmlessRow(), faults.Token);
        Task reached = SealingWatch.UntilAsync(() => _silos.Present >= until, TimeSpan.FromMinutes(2 * intervals), _stop);
        await reached.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await faults.CancelAsync();
        await performing;
        _stop.ThrowIfCancellationRequested();
        _log.Say($"the last fault is over: {string.Join(", ", faulty.Performed.OrderBy(static f => f.Key).Select(static f => $"{f.Value} {f.Key}"))}; "
            + $"{faulty.EndedByThemselves} silos ended by themselves");
    }

    // A silo that was declared dead is started again in all phases: on a busy machine that happens without a fault, too.
    private async Task<IReadOnlyList<Interval>> DisturbedAsync(int quiet, int chaos, int seed)
    {
        var faulty = new FaultyCluster(_silos.Processes, _load, smallDisk: null, _log.Say);
        using var watching = new CancellationTokenSource();
        var watch = faulty.WatchAsync(watching.Token);
        try
        {
            var quietly = await SealQuietlyAsync(quiet);
            await SealWithOneAwayAsync(faulty, seed);
            await DisturbAsync(faulty, seed, chaos);
            return quietly;
        }
        finally
        {
            await watching.CancelAsync();
            await watch;
            await faulty.ReviveAsync();
        }
    }

    private async Task FinishAsync(IReadOnlyList<Interval> quiet)
    {
        await _load.AbandonAsync();
        await _clockStop.CancelAsync();
        await _clock;
        var last = _silos.Present;
        _silos.Clock.AdvanceTo(SealedSilos.CloseOf(last) + 1);
        _log.Say($"{_record.Count:N0} acknowledged, {_record.Failures.Count} attempts failed; all silos are up, the clock is beyond interval {last}");
        var expected = _record.Acknowledged.Keys
            .Select(static key => Interval.Containing(key.UnixMilliseconds, SealedSilos.Length)).Distinct().Order().ToList();
        await SealingWatch.UntilAsync(() => expected.TrueForAll(interval => _watch.SealedAt(interval) is not null), SealBound, _stop);
        expected.ForEach(Tell);
        foreach (var unsealed in expected.Where(interval => _watch.SealedAt(interval) is null).Take(1))
        {
            await TellWhyNotAsync(unsealed);
        }

        Judge("all intervals, those with faults included", expected);
        await VerifyAsync(expected);
        var conditions = await _silos.ConditionsAsync(_load.Grains);
        var alarms = conditions.Where(static c => c.Condition.Code is "sealed-interval-damaged" or "certificates-contradict").ToList();
        _verdict.Judge("no alarm of damage or of a log that contradicts itself", alarms.Count == 0, Describe(conditions));
        await _silos.StopAllAsync().WaitAsync(_stop);
        new CertificateJudge(_silos, _verdict).Judge(expected, _record.Acknowledged);
        var versions = _watch.Certificates.GroupBy(static c => c.Interval).ToDictionary(static of => of.Key, static of => of.Max(static c => c.Version));
        _log.Print($"{expected.Count} intervals, {quiet.Count} of them with all peers up; {_watch.Certificates.Count} certificates, "
            + $"{versions.Values.Count(static v => v > 1)} intervals with later versions, "
            + $"{conditions.Count(static c => c.Condition.Code == "late-blocks-in-sealed-interval")} alarms of late blocks");
    }

    private async Task VerifyAsync(IReadOnlyList<Interval> intervals)
    {
        foreach (var interval in intervals)
        {
            var run = await _silos.VerifyAsync(interval).WaitAsync(_stop);
            _verdict.Judge($"alldata verify --interval {interval}", run.ExitCode == 0, $"exit code {run.ExitCode}; {LineOf(run)}");
        }
    }

    private static string LineOf(ProgramRun run) => (run.Output + run.Errors).TrimEnd().Split('\n')[^1];

    private static string Describe(IReadOnlyCollection<(string Peer, SiloCondition Condition)> conditions) =>
        conditions.Count == 0 ? "none" : string.Join("; ", conditions.Select(static c => $"{c.Peer} {c.Condition.Code}"));

    private void Judge(string what, IReadOnlyList<Interval> intervals)
    {
        var delays = intervals.Select(_watch.DelayOf).OfType<TimeSpan>().Order().ToList();
        var seen = delays.Count == 0 ? "none" : string.Create(
            CultureInfo.InvariantCulture,
            $"p50 {delays[delays.Count / 2].TotalSeconds:0.0} s, max {delays[^1].TotalSeconds:0.0} s from close to seal, "
                + $"{delays.Count} of {intervals.Count} intervals");
        _verdict.Judge($"sealed, {what}", delays.Count == intervals.Count, seen);
    }

    private void Tell(Interval interval)
    {
        var newest = _watch.Certificates.LastOrDefault(c => c.Interval == interval);
        _log.Say(newest is null ? $"interval {interval} is not sealed" : string.Create(
            CultureInfo.InvariantCulture,
            $"interval {interval}: version {newest.Version}, {newest.State}, {newest.Content.Events} events, "
                + $"{_watch.DelayOf(interval)?.TotalSeconds:0.0} s after the close"));
    }

    private async Task TellWhyNotAsync(Interval interval)
    {
        foreach (var silo in _silos.Processes.Silos)
        {
            foreach (var line in silo.Lines.Where(static line => line.Contains("seal", StringComparison.OrdinalIgnoreCase)).TakeLast(LinesShown))
            {
                _log.Say($"{silo.Peer.Id}: {line}");
            }
        }

        var run = await _silos.SealAsync(interval).WaitAsync(_stop);
        _log.Say($"alldata seal --interval {interval}: {run.Output}{run.Errors}");
    }

    private Task ClosesAsync(Interval interval) => SealingWatch.UntilAsync(() => _watch.ClosedAt(interval) is not null, SealBound, _stop);

    private Task SealsAsync(Interval interval) => SealingWatch.UntilAsync(() => _watch.SealedAt(interval) is not null, SealBound, _stop);

    private Interval NextToClose()
    {
        var next = _first;
        while (_watch.ClosedAt(next) is not null)
        {
            next = next.Next;
        }

        return next;
    }

    private static List<Interval> Following(Interval first, int count)
    {
        List<Interval> intervals = [first];
        while (intervals.Count < count)
        {
            intervals.Add(intervals[^1].Next);
        }

        return intervals;
    }
}
