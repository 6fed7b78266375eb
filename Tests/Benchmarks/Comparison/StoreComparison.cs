using System.Globalization;

namespace AllData.Benchmarks;

/// <summary>
/// Two stores that are both up on this machine, one of them under load at a time, in turn: what else the machine does falls on both. The loads of both have
/// the same names in the same order.
/// </summary>
internal sealed class StoreComparison(RunLog log, string[] args, string part)
{
    private static readonly TimeSpan BeforeEachRun = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _length = RegionsRun.SecondsOf(args, "--seconds", 5);
    private readonly int _rounds = LoadedCluster.Number(args, "--rounds", 7);
    private readonly RegionsVerdict _verdict = new(part);

    /// <summary>Loads each until it gets no faster, then measures them round by round.</summary>
    /// <param name="usual">What is compared with.</param>
    /// <param name="other">What is to reach its goals.</param>
    /// <returns>1 when a goal was not reached.</returns>
    public async Task<int> RunAsync(MeasuredStore usual, MeasuredStore other)
    {
        foreach (var load in usual.Loads.Concat(other.Loads))
        {
            await WarmUp.UntilSteadyAsync(() => load.RunAsync(_length));
        }

        for (var round = 0; round < _rounds; round++)
        {
            await MeasureRoundAsync(round % 2 == 0 ? [usual, other] : [other, usual], round);
        }

        Judge(usual, other);
        return _verdict.Print(log);
    }

    private async Task MeasureRoundAsync(MeasuredStore[] stores, int round)
    {
        for (var i = 0; i < stores[0].Loads.Count; i++)
        {
            foreach (var store in stores)
            {
                var load = store.Loads[i];
                await load.RunAsync(BeforeEachRun);
                load.Rates.Add(await load.RunAsync(_length));
                log.Say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}, {load.Name}, {store.Name}: {load.Rates[^1]:N0} events/s"));
            }
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
            _verdict.Note(now.Name, new { Usual = before.Rates, Other = now.Rates, Ratio = ratio });
        }
    }
}
