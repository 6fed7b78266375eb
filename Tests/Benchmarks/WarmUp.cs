namespace AllData.Benchmarks;

/// <summary>
/// Loads what is to be measured until it gets no faster. Silos that have just started compile their code while they are under load: on two processors six
/// silos answer 1,400 single requests a second in the first twenty seconds, and 8,000 after a minute. So what has more code to compile would look slower in
/// every short run.
/// </summary>
internal static class WarmUp
{
    private const double Faster = 1.05;

    /// <summary>Before that, a rate that does not rise says nothing: the code that is compiled in the background is not in use yet.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Most = TimeSpan.FromMinutes(3);

    /// <summary>Runs a load, until two runs in turn are no faster than the best before them.</summary>
    /// <param name="measure">Runs it once.</param>
    /// <returns>The rates, events a second.</returns>
    public static async Task<IReadOnlyList<double>> UntilSteadyAsync(Func<Task<double>> measure)
    {
        var (rates, best, slower) = (new List<double>(), 0.0, 0);
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) is var loaded && loaded < Most && (loaded < Least || slower < 2))
        {
            var rate = await measure();
            rates.Add(rate);
            slower = rate <= best * Faster ? slower + 1 : 0;
            best = Math.Max(best, rate);
        }

        return rates;
    }
}
