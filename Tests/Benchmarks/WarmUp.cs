namespace AllData.Benchmarks;

/// <summary>
/// Loads what is to be measured until it gets no faster. Silos that have just started compile their code while they are under load: on few processors that
/// takes a minute, and what has more code to compile would look slower in every short run.
/// </summary>
internal static class WarmUp
{
    /// <summary>Loads, at most.</summary>
    public const int MaxRuns = 8;

    private const double Faster = 1.05;

    /// <summary>Runs a load until two runs in turn are no faster than the best before them.</summary>
    /// <param name="measure">Runs it once.</param>
    /// <returns>The rates, events a second.</returns>
    public static async Task<IReadOnlyList<double>> UntilSteadyAsync(Func<Task<double>> measure)
    {
        var (rates, best, slower) = (new List<double>(), 0.0, 0);
        while (rates.Count < MaxRuns && slower < 2)
        {
            var rate = await measure();
            rates.Add(rate);
            slower = rate <= best * Faster ? slower + 1 : 0;
            best = Math.Max(best, rate);
        }

        return rates;
    }
}
