using System.Diagnostics;
using System.Globalization;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// West is cut off below the program under load: in both directions, then in one only. Puts go on everywhere; what was missed crosses afterwards, once.
/// </summary>
internal sealed class RegionsCut(RunLog log, string[] args)
{
    private const string Region = "west";
    private const double GoalOfMoved = 1.2;
    private const double MostRefusalMilliseconds = 100;
    private const double MostMoreMilliseconds = 500;

    private static readonly TimeSpan Detection = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _bound = RegionsRun.BoundOf(args);
    private readonly TimeSpan _quiet = RegionsRun.SecondsOf(args, "--quiet", 30);
    private readonly TimeSpan _cut = RegionsRun.SecondsOf(args, "--seconds", 300);
    private readonly RegionsVerdict _verdict = new("cut");
    private readonly List<CutFigures> _cuts = [];

    /// <summary>Runs it; 1 when something was not seen.</summary>
    public async Task<int> RunAsync()
    {
        await using var run = await RegionsRun.StartAsync(log, args, LoadedCluster.Number(args, "--rate", 1_000));
        foreach (var direction in DirectionsOf(args))
        {
            // Without load while it heals, what crosses is repair; with load, repair has to come through beside it.
            await CutAsync(run, direction, isQuietWhileHealing: direction == CutDirection.Both);
        }

        await run.Loads.PauseAsync();
        var end = await run.ConvergeAsync(_bound);
        _verdict.Judge("in the end, audits are strict in every cluster", end.IsComplete, $"{end}");
        await run.ReadBackAsync(_verdict);
        await run.StopAsync();
        await JudgeAsync(run);
        return _verdict.Print(log);
    }

    private static IEnumerable<CutDirection> DirectionsOf(string[] args) => RegionsRun.TextOf(args, "--directions") is { } named
        ? named.Split(',').Select(static name => Enum.Parse<CutDirection>(name, ignoreCase: true))
        : [CutDirection.Both, CutDirection.Outward];

    private async Task CutAsync(RegionsRun run, CutDirection direction, bool isQuietWhileHealing)
    {
        var name = direction.ToString().ToLowerInvariant();
        var (store, loads) = (run.Store, run.Loads);
        using var probe = new DemandProbe(store.Layout);
        await probe.AskAsync(times: 2);
        await run.PhaseAsync($"{name}: quiet", _quiet);
        var fetched = await run.Links.FetchedAcrossAsync();

        var from = DateTimeOffset.UtcNow;
        loads.Begin($"{name}: first 2 s of the cut");
        store.Network.Cut(Region, direction);
        log.Say($"{Region} is cut off ({name})");
        var known = run.Links.WaitAsync(Region, LinkState.CutOff);
        await Task.Delay(Detection);
        await run.PhaseAsync($"{name}: cut", TimeSpan.Zero);
        log.Say($"all silos know that {Region} is cut off after {await known:0.0} s");
        var answers = await AskUntilAsync(probe, from + _cut);

        if (isQuietWhileHealing)
        {
            await loads.PauseAsync();
        }

        var (to, bytes, healing) = (DateTimeOffset.UtcNow, store.Network.BytesAcross(Region), Stopwatch.StartNew());
        loads.Begin($"{name}: healing");
        store.Network.Heal();
        log.Say($"{Region} is reached again");
        var up = run.Links.WaitAsync(Region, LinkState.Up);
        var crossed = isQuietWhileHealing ? await WatchCrossingAsync(run, bytes) : (long?)null;
        var convergence = await run.ConvergeAsync(_bound, healing);
        var moved = await run.Links.FetchedAcrossAsync() - fetched;
        _cuts.Add(new CutFigures(name, from, to, await known, await up, convergence, answers, moved, crossed));
        loads.Resume();
        await run.PhaseAsync($"{name}: after", After);
    }

    // What crosses until all have caught up, without what crosses when there is nothing to do: the questions that clusters ask each other all the time.
    private async Task<long> WatchCrossingAsync(RegionsRun run, long before)
    {
        var watch = Stopwatch.StartNew();
        var isCaughtUp = await run.Links.CaughtUpAsync(_bound);
        var (took, after) = (watch.Elapsed, run.Store.Network.BytesAcross(Region));
        await Task.Delay(Idle);
        var idle = (run.Store.Network.BytesAcross(Region) - after) / Idle.TotalSeconds;
        log.Say(string.Create(CultureInfo.InvariantCulture,
            $"{(isCaughtUp ? "all have caught up" : "NOT ALL HAVE CAUGHT UP")} after {took.TotalSeconds:0.0} s; "
            + $"{after - before:N0} bytes have crossed; {idle:N0} bytes/s cross when there is nothing to do"));
        return after - before - (long)(idle * took.TotalSeconds);
    }

    // Until the cut is over, a few puts that demand two regions at a time.
    private static async Task<List<DemandAnswer>> AskUntilAsync(DemandProbe probe, DateTimeOffset end)
    {
        var answers = new List<DemandAnswer>();
        do
        {
            answers.AddRange(await probe.AskAsync(times: 1));
            await Task.Delay(TimeSpan.FromSeconds(2));
        }
        while (DateTimeOffset.UtcNow < end);
        return answers;
    }

    private async Task JudgeAsync(RegionsRun run)
    {
        var phases = run.Loads.Figures.ToList();
        _verdict.Note(log, "phases", phases);
        var stored = await StoredCopies.CountAsync(run.Store.Layout, new Dictionary<Events.EventKey, Events.EventDigest>());
        _verdict.Judge("every block lies with every peer that is to hold it", stored.BlocksAway == 0, $"{stored.Blocks:N0} blocks, {stored.BlocksAway} away");
        _verdict.Judge("every failure is typed", phases.TrueForAll(static p => p.Figures.Untyped == 0), $"{phases.Sum(static p => p.Figures.Untyped)} are not");
        foreach (var cut in _cuts)
        {
            JudgePuts(cut.Name, phases);
            JudgeDemands(cut);
            JudgeRepair(cut, stored.BytesCutOff(Region, cut.From, cut.To));
        }
    }

    private void JudgePuts(string name, List<(string Cluster, PhaseFigures Figures)> phases)
    {
        var during = phases.Where(p => p.Figures.Phase == $"{name}: cut").ToList();
        var late = phases.Where(p => p.Figures.Phase.StartsWith(name, StringComparison.Ordinal) && !p.Figures.Phase.Contains("first", StringComparison.Ordinal))
            .Sum(static p => p.Figures.Failed + p.Figures.NotSent);
        _verdict.Judge($"{name}: puts into every cluster succeed after the first two seconds", late == 0, $"{late} failed");
        foreach (var (cluster, cut) in during)
        {
            var quiet = phases.Single(p => p.Cluster == cluster && p.Figures.Phase == $"{name}: quiet").Figures;
            _verdict.Judge($"{name}: p99 into {cluster} within 0.5 s of the quiet value", cut.P99 <= quiet.P99 + MostMoreMilliseconds,
                string.Create(CultureInfo.InvariantCulture, $"{quiet.P99:0.0} ms quiet, {cut.P99:0.0} ms while cut off"));
        }
    }

    private void JudgeDemands(CutFigures cut)
    {
        var (west, others) = (cut.Answers.Where(static a => a.Cluster == Region).ToList(), cut.Answers.Where(static a => a.Cluster != Region).ToList());
        _verdict.Judge($"{cut.Name}: two regions demanded in {Region} are refused within 100 ms, nothing written",
            west.TrueForAll(static a => a.IsRefused && a.Milliseconds <= MostRefusalMilliseconds),
            Describe(west, static a => a.IsRefused));
        _verdict.Judge($"{cut.Name}: two regions demanded elsewhere are stored", others.TrueForAll(static a => a.IsStored),
            Describe(others, static a => a.IsStored));
    }

    private static string Describe(List<DemandAnswer> answers, Func<DemandAnswer, bool> isRight) => string.Create(CultureInfo.InvariantCulture,
        $"{answers.Count(isRight)} of {answers.Count}, at most {answers.Max(static a => a.Milliseconds):0.0} ms")
        + $", {answers.Count(static a => a.Milliseconds > MostRefusalMilliseconds)} later than {MostRefusalMilliseconds} ms"
        + (answers.Find(a => !isRight(a)) is { } odd ? $"; one of the others is {odd}" : "");

    private void JudgeRepair(CutFigures cut, long missing)
    {
        _verdict.Judge($"{cut.Name}: it comes together by itself", cut.Convergence.IsComplete, $"{cut.Convergence}");
        var crossed = cut.Crossed is { } bytes
            ? string.Create(CultureInfo.InvariantCulture, $"; all that crossed for it {bytes:N0}, {(double)bytes / missing:0.00}")
            : "";
        _verdict.Judge($"{cut.Name}: bytes that repair fetched across are under 1.2 of those missing", cut.Moved < GoalOfMoved * missing && missing > 0,
            string.Create(CultureInfo.InvariantCulture, $"{cut.Moved:N0} of {missing:N0}, {(double)cut.Moved / missing:0.00}{crossed}"));
        _verdict.Note(cut.Name, new
        {
            cut.KnownSeconds,
            cut.UpSeconds,
            cut.Convergence.AuditSeconds,
            cut.Convergence.WatermarkSeconds,
            cut.Moved,
            cut.Crossed,
            Missing = missing,
        });
    }

    /// <summary>What was seen of one cut.</summary>
    private sealed record CutFigures(
        string Name, DateTimeOffset From, DateTimeOffset To, double? KnownSeconds, double? UpSeconds, Convergence Convergence, List<DemandAnswer> Answers,
        long Moved, long? Crossed);
}
