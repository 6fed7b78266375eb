using System.Globalization;
using System.Text.RegularExpressions;

namespace AllData.Tests.Support;

/// <summary>What a silo answers to Prometheus, in its text format.</summary>
internal sealed partial class PrometheusScrape
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    /// <summary>The samples.</summary>
    public IReadOnlyList<(string Name, Dictionary<string, string> Labels, double Value)> Samples => _samples;

    /// <summary>The type that each metric is said to have.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>Reads an answer.</summary>
    /// <exception cref="FormatException">A line is none of the format.</exception>
    public static PrometheusScrape Parse(string text)
    {
        var scrape = new PrometheusScrape();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TypeLine().Match(line) is { Success: true } type)
            {
                scrape.Types.Add(type.Groups[1].Value, type.Groups[2].Value);
            }
            else if (!line.StartsWith('#'))
            {
                scrape.Add(SampleLine().Match(line) is { Success: true } sample ? sample : throw new FormatException($"This is no sample: {line}"));
            }
        }

        return scrape;
    }

    /// <summary>The sum of a metric's samples that have a label.</summary>
    public double Sum(string name, string label = "", string value = "") =>
        _samples.Where(s => s.Name == name && (label.Length == 0 || s.Labels.GetValueOrDefault(label) == value)).Sum(static s => s.Value);

    private void Add(Match sample) => _samples.Add((
        sample.Groups["name"].Value,
        Label().Matches(sample.Groups["labels"].Value).ToDictionary(static l => l.Groups[1].Value, static l => l.Groups[2].Value),
        ValueOf(sample.Groups["value"].Value)));

    private static double ValueOf(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*",?)*)\})? (?<value>\S+)(?: -?\d+)?$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)(?:")""")]
    private static partial Regex Label();
}
