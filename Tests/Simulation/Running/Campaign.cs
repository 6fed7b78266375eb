using System.Diagnostics;

namespace AllData.Simulation.Running;

/// <summary>Runs many seeds, some in parallel, and sums up.</summary>
internal sealed class Campaign
{
    private readonly List<RunReport> _reports = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _checked = new(StringComparer.Ordinal);
    private readonly Stopwatch _watch = new();

    /// <summary>Seeds that have failed, in their order.</summary>
    public IEnumerable<RunReport> Failures => _reports.Where(static r => r.Failure is not null).OrderBy(static r => r.Seed);

    /// <summary>Runs the seeds.</summary>
    /// <param name="settings">What each is like.</param>
    /// <param name="threads">How many run in parallel.</param>
    public void Run(IEnumerable<WorldSettings> settings, int threads)
    {
        _watch.Start();
        Parallel.ForEach(settings, new ParallelOptions { MaxDegreeOfParallelism = threads }, one => Add(RunReport.Of(one)));
        _watch.Stop();
    }

    /// <summary>Tells what was run and found.</summary>
    public void Tell(TextWriter output)
    {
        var minutes = _reports.Sum(static r => r.Simulated.TotalMinutes);
        output.WriteLine($"seeds              {_reports.Count}, {Failures.Count()} failed");
        output.WriteLine($"cluster-minutes    {minutes:0} in {_watch.Elapsed.TotalSeconds:0.0} s: {minutes / _watch.Elapsed.TotalMinutes:0} a minute");
        output.WriteLine($"faults             {_faults.Values.Sum()}: {Join(_faults)}");
        output.WriteLine($"work               {Join(_counts)}");
        output.WriteLine($"invariants checked {Join(_checked)}");
        var converged = _reports.Select(static r => r.Convergence).OfType<TimeSpan>().Order().ToList();
        var slowest = _reports.MaxBy(static r => r.Convergence)!;
        if (converged.Count > 0)
        {
            output.WriteLine(
                $"convergence        half of the seeds within {converged[converged.Count / 2].TotalSeconds:0} s, all within "
                    + $"{converged[^1].TotalSeconds:0} s (seed {slowest.Seed})");
        }
    }

    private static string Join(IReadOnlyDictionary<string, long> counts) => string.Join(", ", counts.Select(static c => $"{c.Key} {c.Value}"));

    private static void Add(SortedDictionary<string, long> sums, IReadOnlyDictionary<string, long> counts)
    {
        foreach (var (name, count) in counts)
        {
            sums[name] = sums.GetValueOrDefault(name) + count;
        }
    }

    private void Add(RunReport report)
    {
        lock (_reports)
        {
            _reports.Add(report);
            Add(_counts, report.Counts);
            Add(_faults, report.Faults);
            Add(_checked, report.Checked);
        }
    }
}
