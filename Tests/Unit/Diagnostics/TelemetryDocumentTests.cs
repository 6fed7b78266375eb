using System.Text.RegularExpressions;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Diagnostics;

/// <summary>The documents of telemetry name what the code has: spans, attributes, instruments.</summary>
public sealed partial class TelemetryDocumentTests
{
    [Fact]
    public void Each_name_of_the_code_is_explained_and_each_name_that_is_explained_is_in_the_code() => Assert.Equal(
        new[] { "Grains", "Grains.Interfaces" }.SelectMany(static project => Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs",
                SearchOption.AllDirectories))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/Security/", StringComparison.Ordinal))
            .SelectMany(static file => Literal().Matches(File.ReadAllText(file)).Select(static m => m.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal),
        new[] { "metrics.md", "telemetry.md" }.SelectMany(static name => Explained()
                .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "operate", name))).Select(static m => m.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex("\"((?:alldata|error)(?:\\.[a-z_]+)+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("`((?:alldata|error)(?:\\.[a-z_]+)+)`")]
    private static partial Regex Explained();
}
