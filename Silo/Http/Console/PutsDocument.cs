namespace AllData.Silo.Http.Console;

/// <summary>What was put in the last seconds, through all silos of the cluster.</summary>
/// <param name="PerSecond">Events answered in a second.</param>
/// <param name="History">The same of the last minute, a figure for each round, the latest last; empty where there was nothing.</param>
/// <param name="Rows">The same by level and outcome.</param>
internal sealed record PutsDocument(double PerSecond, double[] History, PutsRow[] Rows);

/// <summary>What was answered of one level with one outcome.</summary>
/// <param name="Level">The level.</param>
/// <param name="Outcome">The outcome, in words.</param>
/// <param name="IsStored">Whether it is success.</param>
/// <param name="PerSecond">Events in a second.</param>
/// <param name="Median">Half of them took at most so many milliseconds.</param>
/// <param name="Slowest">Ninety-nine of a hundred took at most so many milliseconds.</param>
internal sealed record PutsRow(string Level, string Outcome, bool IsStored, double PerSecond, double Median, double Slowest);
