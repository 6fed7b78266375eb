using System.Globalization;
using System.Text.RegularExpressions;
using AllData.Errors;
using AllData.Silo.Http;
using AllData.Tests.Support;
using AllData.Tests.Support.Documentation;

namespace AllData.Tests.Unit.Documentation;

/// <summary>The page of errors has every kind that the code has, and no other.</summary>
public sealed partial class ErrorPageTests
{
    private static readonly DocPage Page = DocPage.At("docs/reference/errors.md");

    [Fact]
    public void Each_failure_of_a_put_stands_there_with_its_status_and_type_and_what_is_known()
    {
        var rows = Page.Lines.SkipWhile(static line => line != "<!-- checked: PutExceptions -->").Skip(3)
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|').Split('|').Select(static cell => cell.Trim()).ToArray()).ToList();
        var kinds = typeof(PutException).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(PutException)))
            .Select(static type => (type.Name, Kind: Problems.KindOf(type)!))
            .Select(static k => $"`{k.Name}` {k.Kind.Status.ToString(CultureInfo.InvariantCulture)} `{k.Kind.Name}`");

        Assert.Equal(kinds.Order(StringComparer.Ordinal), rows.Select(static row => $"{row[0]} {row[1]} {row[2]}").Order(StringComparer.Ordinal));
        Assert.All(rows, static row =>
        {
            Assert.All(row[3].Split(", "), static word => Assert.Contains(word, (string[])["nothing", "someCopies", "unknown"]));
            Assert.All(row.Skip(4), static cell => Assert.NotEmpty(cell));
        });
    }

    [Fact]
    public void Each_problem_type_of_the_program_stands_there_with_its_status()
    {
        var sources = Directory.GetFiles(Path.Combine(Repository.Root, "Silo"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText).ToList();
        var inCode = sources.SelectMany(static text => Kind().Matches(text))
            .Select(static match => (Status: match.Groups[1].Value, Name: match.Groups[2].Value))
            .ToHashSet();
        Assert.True(inCode.Count > 20, "The kinds are not found in the code any more.");

        Assert.All(inCode, static kind => Assert.True(
            Page.Lines.Any(line => line.Contains($"`{kind.Name}`", StringComparison.Ordinal) && line.Contains(kind.Status, StringComparison.Ordinal)),
            $"{kind.Status} {kind.Name} is not in docs/reference/errors.md."));
        var onPage = Page.Lines.Where(static line => line.StartsWith('|'))
            .SelectMany(static line => Name().Matches(line)).Select(static match => match.Groups[1].Value);
        Assert.Empty(onPage.Where(name => !sources.Exists(text => text.Contains(name, StringComparison.Ordinal))));
    }

    [Fact]
    public void Each_word_for_what_is_known_stands_there() => Assert.All(
        Enum.GetNames<WrittenState>(), static name => Assert.Contains(Page.Lines, line => line.Contains($"`{name}`", StringComparison.Ordinal)));

    [GeneratedRegex("""(?:new\(|StatusCodes\.Status)(\d{3})\w*,\s*"([a-z]+(?:-[a-z]+)*)",""")]
    private static partial Regex Kind();

    // A name of several words, in a table's cell of types.
    [GeneratedRegex("(?<=\\| |, )`([a-z]+(?:-[a-z]+)+)`(?=[ ,])")]
    private static partial Regex Name();
}
