using System.Text.RegularExpressions;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Architecture;

/// <summary>What an editor would not keep.</summary>
public sealed partial class SourceTests
{
    private const int MaxLineLength = 160;
    private const int MaxFileLines = 400;

    [Fact]
    public void No_line_is_longer_than_a_screen_is_wide() => Assert.Empty(
        Sources().SelectMany(static file => OutsideOfRawText(File.ReadLines(file))
            .Where(static line => line.Item.Length > MaxLineLength)
            .Select(line => $"{SourceProject.NameOf(file)}:{line.Index + 1} has {line.Item.Length} characters, at most {MaxLineLength}")));

    [Fact]
    public void No_file_is_longer_than_one_reads_at_once() => Assert.Empty(
        Sources().Select(static file => (File: file, Lines: File.ReadLines(file).Count()))
            .Where(static f => f.Lines > MaxFileLines)
            .Select(static f => $"{SourceProject.NameOf(f.File)} has {f.Lines} lines, at most {MaxFileLines}"));

    // Comments of the sources, and the documents whole. A peer or a request is "it", or named.
    [Fact]
    public void Sentences_are_plain_English() => Assert.Empty(
        Sources().Concat(Documents()).SelectMany(static file => File.ReadLines(file).Index()
            .Where(line => file.EndsWith(".md", StringComparison.Ordinal) || line.Item.AsSpan().TrimStart().StartsWith("//"))
            .SelectMany(line => Unplain().Matches(line.Item).Select(word => $"{SourceProject.NameOf(file)}:{line.Index + 1} says '{word.Value}'"))));

    // Side by side, clusters of silos as processes are declared dead, and take ports that others are about to come back to.
    [Fact]
    public void Tests_with_processes_are_in_a_collection_that_runs_them_one_at_a_time() => Assert.Empty(
        Sources().Where(static file => SourceProject.NameOf(file).StartsWith("Tests/Process/", StringComparison.Ordinal))
            .Where(static file => File.ReadAllText(file) is var text && Test().IsMatch(text) && !ProcessCollection().IsMatch(text))
            .Select(SourceProject.NameOf));

    // What a program says literally, or a test expects, is not broken into parts.
    private static IEnumerable<(int Index, string Item)> OutsideOfRawText(IEnumerable<string> lines)
    {
        var isInside = false;
        foreach (var line in lines.Index())
        {
            var marks = line.Item.AsSpan().Count("\"\"\"");
            if (!isInside && marks == 0)
            {
                yield return line;
            }

            isInside ^= marks % 2 == 1;
        }
    }

    private static IEnumerable<string> Documents() => Directory.EnumerateFiles(Repository.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories));

    private static IEnumerable<string> Sources() => Directory
        .EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
        .Where(static file => SourceProject.NameOf(file).Split('/') is var parts && !parts.Contains("obj") && !parts.Contains("bin"));

    [GeneratedRegex("""\b(whoever|whom|nobody|somebody|anybody|everybody|anew|afresh|for ever|what became of)\b""", RegexOptions.IgnoreCase)]
    private static partial Regex Unplain();

    [GeneratedRegex(@"\[(Fact|Theory)\]")]
    private static partial Regex Test();

    [GeneratedRegex(@"\[Collection\((ProcessTests|ClusterProcessTests|SingleProcessTests)\.Name\)\]")]
    private static partial Regex ProcessCollection();
}
