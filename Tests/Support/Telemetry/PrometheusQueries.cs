using System.Text.Json;
using System.Text.RegularExpressions;

namespace AllData.Tests.Support;

/// <summary>The queries of the dashboard and of the alert rules, and the metrics and labels that they name.</summary>
internal static partial class PrometheusQueries
{
    // What Prometheus itself adds to each sample of a scrape, and what a histogram's buckets have.
    private static readonly string[] LabelsOfPrometheus = ["instance", "job"];

    private static readonly string Directory = Path.Combine(Repository.Root, "docs", "operate");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All => [.. OfDashboard(), .. OfAlerts()];

    /// <summary>What a query names that scrapes do not have, a sentence each.</summary>
    public static IEnumerable<string> Missing(string query, IReadOnlyCollection<PrometheusScrape> scrapes)
    {
        var known = scrapes.SelectMany(static s => s.Samples).ToLookup(static s => s.Name, static s => s.Labels);

        // Labels are called as metrics are: those of groups are looked at by themselves.
        var named = Selector().Matches(Grouping().Replace(query, "")).Select(static m => (Name: m.Groups["name"].Value, Labels: LabelsOf(m))).ToList();
        foreach (var (name, labels) in named)
        {
            if (!known.Contains(name))
            {
                yield return $"There is no {name}: {query}";
            }

            foreach (var label in labels.Except(LabelsOfPrometheus).Where(label => !known[name].Any(l => l.ContainsKey(label))))
            {
                yield return $"{name} has no {label}: {query}";
            }
        }

        foreach (var label in Grouping().Matches(query).SelectMany(static m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries))
            .Except(LabelsOfPrometheus).Where(label => !named.Exists(n => known[n.Name].Any(l => l.ContainsKey(label)))))
        {
            yield return $"Nothing has {label}: {query}";
        }
    }

    private static IEnumerable<string> LabelsOf(Match selector) => Matcher().Matches(selector.Groups["labels"].Value).Select(static m => m.Groups[1].Value);

    private static IEnumerable<string> OfDashboard()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Directory, "alldata-dashboard.json")));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(static p => p.TryGetProperty("targets", out _))
                .SelectMany(static p => p.GetProperty("targets").EnumerateArray()).Select(static t => t.GetProperty("expr").GetString()!),
        ];
    }

    private static IEnumerable<string> OfAlerts() => File.ReadLines(Path.Combine(Directory, "alldata-alerts.yml"))
        .Select(static line => Expression().Match(line)).Where(static m => m.Success).Select(static m => m.Groups[1].Value);

    [GeneratedRegex(@"^\s+expr: (.+)$")]
    private static partial Regex Expression();

    [GeneratedRegex(@"(?<name>alldata_[a-z_]+)(?:\{(?<labels>[^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex("""([a-z_]+)\s*(?:=~|!~|!=|=)\s*["']""")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|without) \(([^)]*)\)")]
    private static partial Regex Grouping();
}
