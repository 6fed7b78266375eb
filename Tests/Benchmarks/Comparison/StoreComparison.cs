using System.Globalization;

namespace AllData.Benchmarks;

/// <summary>
/// Stores that are all up on this machine, one of them under load at a time, in turn: what else the machine does falls on all. The silos of the others are
/// stopped meanwhile. The loads of all have the same names in the same order.
/// </summary>
internal sealed class StoreComparison(RunLog log, string[] args, string part)
{
    private static readonly TimeSpan BeforeEachRun = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _length = RegionsRun.SecondsOf(args, "--seconds", 5);
    private readonly int _rounds = LoadedCluster.Number(args, "--rounds", 7);
    private readonly RegionsVerdict _verdict = new(part);

    /// <summary>Loads each until it gets no faster, then measures them round by round.</summary>
    /// <param name="usual">What is compared with.</param>
    /// <param name="others">What is to reach its goals.</param>
    /// <returns>1 when a goal was not reached.</returns>
    public async Task<int> RunAsync(MeasuredStore usual, params MeasuredStore[] others)
    {
        MeasuredStore[] all = [usual, .. others];
        foreach (var load in all.SelectMany(static store => store.Loads))
        {
            await WarmUp.UntilSteadyAsync(() => load.RunAsync(_length));
        }

        for (var round = 0; round < _rounds; round++)
        {
            await MeasureRoundAsync(round % 2 == 0 ? all : [.. all.Reverse()], round);
        }

        foreach (var other in others)
        {
            Judge(usual, other);
        }

        return _verdict.Print(log);
    }

    private async Task MeasureRoundAsync(MeasuredStore[] stores, int round)
    {
        for (var i = 0; i < stores[0].Loads.Count; i++)
        {
            foreach (var store in stores)
            {
                var load = store.Loads[i];
                await AloneAsync(store, stores, async () =>
                {
                    await load.RunAsync(BeforeEachRun);
                    load.Rates.Add(await load.RunAsync(_length));
                });
                log.Say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}, {load.Name}, {store.Name}: {load.Rates[^1]:N0} events/s"));
            }
        }
    }

    private static async Task AloneAsync(MeasuredStore store, MeasuredStore[] stores, Func<Task> run)
    {
        var others = stores.Where(other => other != store).ToList();
        others.ForEach(static other => other.Pause());
        try
        {
            await run();
        }
        finally
        {
            others.ForEach(static other => other.Continue());
        }
    }

    private void Judge(MeasuredStore usual, MeasuredStore other)
    {
        foreach (var (before, now) in usual.Loads.Zip(other.Loads))
        {
            var ratio = now.Median / before.Median;
            var failed = before.Failed + now.Failed;
            _verdict.Judge(
                string.Create(CultureInfo.InvariantCulture, $"{now.Name}: {other.Name} at least {now.Goal} of {usual.Name}"), ratio >= now.Goal && failed == 0,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{now.Median:N0} and {before.Median:N0} events/s (medians of {_rounds}), {ratio:0.00}; {failed} failed"));
            _verdict.Note($"{now.Name}, {other.Name}", new { Usual = before.Rates, Other = now.Rates, Ratio = ratio });
        }
    }
}
