namespace AllData.Tests.Unit.Protocol;

/// <summary>Pearson's chi-square test of observed counts against known probabilities.</summary>
internal sealed record ChiSquare(double Statistic, double Critical, int Unexpected)
{
    /// <summary>Standard normal quantile of 1 - 1e-4: one seed in ten thousand rejects a right chooser, and the seeds are fixed.</summary>
    private const double Quantile = 3.719;

    public bool IsPlausible => Unexpected == 0 && Statistic <= Critical;

    public static ChiSquare Of(IReadOnlyDictionary<string, double> expected, int draws, Func<string> draw)
    {
        var counts = expected.Keys.ToDictionary(result => result, _ => 0);
        var unexpected = 0;
        for (var i = 0; i < draws; i++)
        {
            var result = draw();
            if (counts.TryGetValue(result, out var count))
            {
                counts[result] = count + 1;
            }
            else
            {
                unexpected++;
            }
        }

        var statistic = counts.Sum(c => Math.Pow(c.Value - (expected[c.Key] * draws), 2) / (expected[c.Key] * draws));
        return new ChiSquare(statistic, CriticalValue(expected.Count - 1), unexpected);
    }

    // Wilson and Hilferty's approximation of the chi-square quantile (PNAS 17, 1931).
    private static double CriticalValue(int freedom) =>
        freedom == 0 ? 1e-9 : freedom * Math.Pow(1 - (2.0 / (9 * freedom)) + (Quantile * Math.Sqrt(2.0 / (9 * freedom))), 3);
}
