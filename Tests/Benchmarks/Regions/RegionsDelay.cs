using System.Globalization;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>
/// The links become slow, by more and more. A put at QUORUM needs the own region only, and stays as fast as it was; one that demands two regions takes the
/// way there and back longer. What the regions owe each other does not grow.
/// </summary>
internal sealed class RegionsDelay(RunLog log, string[] args)
{
    private const double DemandsPerSecond = 20;
    private const double NoiseFactor = 1.5;
    private const double NoiseMilliseconds = 20;
    private const double MostLagGrowth = 60;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LagPeriod = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _bound = RegionsRun.BoundOf(args);
    private readonly TimeSpan _length = RegionsRun.SecondsOf(args, "--seconds", 120);

    // Before the watermarks move, they lie at the beginning of the load and say nothing of how much is owed.
    private readonly TimeSpan _warmUp = RegionsRun.SecondsOf(args, "--warm-up", 130);
    private readonly int[] _delays =
        [.. (RegionsRun.TextOf(args, "--delays") ?? "0,20,80").Split(',').Select(static d => int.Parse(d, CultureInfo.InvariantCulture))];

    private readonly RegionsVerdict _verdict = new("delay");
    private readonly Dictionary<int, List<double>> _lags = [];

    /// <summary>Runs it; 1 when something was not seen.</summary>
    public async Task<int> RunAsync()
    {
        await using var run = await RegionsRun.StartAsync(log, args, LoadedCluster.Number(args, "--rate", 2_000) / 3.0);
        await using var demands = new StoreLoads(run.Store, run.Clients, DemandsPerSecond, "warm-up", new PutOptions { MinRegions = 2 });
        await run.PhaseAsync("until the watermarks move", _warmUp);
        foreach (var delay in _delays)
        {
            await MeasureAsync(run, demands, delay);
        }

        await Task.WhenAll(run.Loads.PauseAsync(), demands.PauseAsync());
        var end = await run.ConvergeAsync(_bound);
        _verdict.Judge("in the end, audits are strict in every cluster", end.IsComplete, $"{end}");
        await run.ReadBackAsync(_verdict, demands);
        Judge([.. run.Loads.Figures], [.. demands.Figures]);
        return _verdict.Print(log);
    }

    private async Task MeasureAsync(RegionsRun run, StoreLoads demands, int delay)
    {
        run.Store.Network.SetRoundTrip(TimeSpan.FromMilliseconds(delay));
        demands.Begin($"{delay} ms: begins");
        await run.PhaseAsync($"{delay} ms: begins", Settling);
        demands.Begin(NameOf(delay));
        await run.PhaseAsync(NameOf(delay), TimeSpan.Zero);
        var (end, lags) = (DateTimeOffset.UtcNow + _length, _lags[delay] = []);
        while (DateTimeOffset.UtcNow < end)
        {
            await Task.Delay(LagPeriod);
            if (await run.Links.LagAsync() is { } lag)
            {
                lags.Add(lag);
            }
        }

        log.Say(string.Create(CultureInfo.InvariantCulture, $"{delay} ms: owed {string.Join(", ", lags.Select(static l => $"{l:0}"))} s"));
    }

    private void Judge(List<(string Cluster, PhaseFigures Figures)> quorum, List<(string Cluster, PhaseFigures Figures)> demands)
    {
        _verdict.Note(log, "quorum", quorum);
        _verdict.Note(log, "twoRegions", demands);
        var failed = quorum.Concat(demands).Sum(static p => p.Figures.Failed + p.Figures.NotSent);
        _verdict.Judge("no put fails", failed == 0, $"{failed} failed");
        foreach (var delay in _delays)
        {
            JudgeTimes($"QUORUM at {delay} ms", quorum, delay, more: 0);
            JudgeTimes($"two regions at {delay} ms", demands, delay, more: delay);
            JudgeLag(delay, _lags[delay]);
        }
    }

    private void JudgeTimes(string what, List<(string Cluster, PhaseFigures Figures)> phases, int delay, double more)
    {
        foreach (var cluster in phases.Select(static p => p.Cluster).Distinct())
        {
            PhaseFigures Of(int at) => phases.Single(p => p.Cluster == cluster && p.Figures.Phase == NameOf(at)).Figures;
            var (before, now) = (Of(_delays[0]), Of(delay));
            _verdict.Judge($"{what} in {cluster}: p50 and p99 as they were, and {more} ms",
                IsNear(before.P50, now.P50, more) && IsNear(before.P99, now.P99, more),
                string.Create(CultureInfo.InvariantCulture, $"p50 {before.P50:0.0} and {now.P50:0.0} ms, p99 {before.P99:0.0} and {now.P99:0.0} ms"));
        }
    }

    // Not faster than the way takes, and not slower by more than a busy machine makes it.
    private static bool IsNear(double before, double now, double more) =>
        now <= (before * NoiseFactor) + more + NoiseMilliseconds && now >= more;

    private void JudgeLag(int delay, List<double> lags)
    {
        // The mark moves by minutes.
        var growth = lags.Count > 1 ? lags[^1] - lags[0] : double.NaN;
        _verdict.Judge($"repair keeps up at {delay} ms", growth <= MostLagGrowth,
            string.Create(CultureInfo.InvariantCulture, $"owed {(lags.Count > 0 ? lags[0] : 0):0} s at first, {(lags.Count > 0 ? lags[^1] : 0):0} s at last"));
    }

    private static string NameOf(int delay) => $"{delay} ms";
}
