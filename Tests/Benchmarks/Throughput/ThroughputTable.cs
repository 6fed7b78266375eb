using System.Globalization;

namespace AllData.Benchmarks;

/// <summary>Prints what all rounds together have shown.</summary>
internal static class ThroughputTable
{
    /// <summary>Prints a line for each case, and what failed.</summary>
    public static void Print(IReadOnlyList<MeasuredCase> cases)
    {
        Console.WriteLine();
        Console.WriteLine(
            "case                  median events/s              min–max      p50 ms    p99 ms  CPU µs an event: client, silos  events/s a core  goal");
        foreach (var one in cases)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Name,-20}  {one.Median(static r => r.EventsPerSecond),15:N0}  {Range(one),19}  {one.Median(static r => r.P50),10:0.00}"
                + $"  {one.Median(static r => r.P99),8:0.00}  {one.Median(static r => r.ClientCpu),23:0.0}  {one.Median(static r => r.SilosCpu),6:0.0}"
                + $"  {one.Median(static r => r.EventsPerCoreSecond),15:N0}"
                + $"  {string.Join("; ", Verdicts(one, cases))}"));
        }

        foreach (var failure in cases.SelectMany(static c => c.Failures))
        {
            Console.WriteLine($"FAILED {failure}");
        }
    }

    private static string Range(MeasuredCase one) => one.Rounds.Count == 0
        ? "–"
        : string.Create(
            CultureInfo.InvariantCulture, $"{one.Rounds.Min(static r => r.EventsPerSecond):N0}–{one.Rounds.Max(static r => r.EventsPerSecond):N0}");

    private static IEnumerable<string> Verdicts(MeasuredCase one, IReadOnlyList<MeasuredCase> cases)
    {
        var rate = one.Median(static r => r.EventsPerSecond);
        if (one.Goal is { } goal)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{goal:N0}: {rate / goal:0.00} {Word(rate >= goal)}");
        }

        if (one.Beside is var (name, part) && cases.FirstOrDefault(c => c.Name == name)?.Median(static r => r.EventsPerSecond) is > 0 and var other)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{part:0.0} of {name}: {rate / other:0.00} {Word(rate >= part * other)}");
        }

        if (one.Within is var (p50, p99))
        {
            var isReached = one.Rounds.Count > 0 && one.Median(static r => r.P50) < p50 && one.Median(static r => r.P99) < p99;
            yield return string.Create(CultureInfo.InvariantCulture, $"p50 < {p50:0.0} ms, p99 < {p99:0.0} ms: {Word(isReached)}");
        }
    }

    private static string Word(bool isReached) => isReached ? "reached" : "NOT REACHED";
}
