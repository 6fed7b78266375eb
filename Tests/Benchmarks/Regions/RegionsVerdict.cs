using System.Globalization;
using System.Text.Json;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>Something that a run is to show.</summary>
/// <param name="Name">What.</param>
/// <param name="IsReached">Whether it was seen.</param>
/// <param name="Seen">What was seen.</param>
internal sealed record Goal(string Name, bool IsReached, string Seen);

/// <summary>The goals of a run, and the figures that they were judged by: a table for people, and a line of JSON for programs.</summary>
internal sealed class RegionsVerdict(string part)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly List<Goal> _goals = [];
    private readonly Dictionary<string, object?> _figures = [];

    /// <summary>Judges one thing.</summary>
    public void Judge(string name, bool isReached, string seen) => _goals.Add(new Goal(name, isReached, seen));

    /// <summary>Keeps a figure for programs.</summary>
    public void Note(string name, object? figure) => _figures[name] = figure;

    /// <summary>Prints the phases of the loads, and keeps them.</summary>
    public void Note(RunLog log, string name, IReadOnlyList<(string Cluster, PhaseFigures Figures)> phases)
    {
        log.Print($"{"cluster",-8}  {"phase",-28}  {"stored",9}  {"failed",7}  {"untyped",7}  {"not sent",8}  {"p50 ms",8}  {"p99 ms",8}  {"max ms",8}");
        foreach (var (cluster, f) in phases)
        {
            var kinds = string.Join(", ", f.Failures.Select(static k => $"{k.Value} {k.Key}"));
            log.Print(string.Create(
                CultureInfo.InvariantCulture,
                $"{cluster,-8}  {f.Phase,-28}  {f.Acknowledged,9:N0}  {f.Failed,7}  {f.Untyped,7}  {f.NotSent,8}  {f.P50,8:0.0}  {f.P99,8:0.0}  "
                + $"{f.Longest,8:0}  {kinds}"));
        }

        _figures[name] = phases.Select(static p => new { p.Cluster, p.Figures }).ToList();
    }

    /// <summary>Prints the goals and the line of JSON.</summary>
    /// <returns>The exit code.</returns>
    public int Print(RunLog log)
    {
        foreach (var goal in _goals)
        {
            log.Print($"{(goal.IsReached ? "seen" : "NOT SEEN"),-8}  {goal.Name}: {goal.Seen}");
        }

        var isWell = _goals.TrueForAll(static goal => goal.IsReached);
        log.Print(JsonSerializer.Serialize(new { Part = part, IsWell = isWell, Goals = _goals, Figures = _figures }, Json));
        log.Print($"verdict {(isWell ? "well" : "NOT WELL")}");
        return isWell ? 0 : 1;
    }
}
