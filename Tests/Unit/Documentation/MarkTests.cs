using System.Globalization;
using AllData.Tests.Support.Documentation;

namespace AllData.Tests.Unit.Documentation;

/// <summary>Each command of a page says whether a test runs it.</summary>
public sealed class MarkTests
{
    // Marks of blocks that tests of their own run or compile.
    private static readonly string[] OfOtherTests =
        ["client-sample", "own-silo", "own-silo-project", "streams", "streams-grain", "duckdb", "generated", "checked"];

    private static readonly string[] Known = [.. OfOtherTests, "run", "quick-start", "output", "output-sample", "not-run", "code"];

    [Fact]
    public void Each_command_is_run_by_a_test_or_marked_with_why_it_is_not()
    {
        var faults = DocPage.All.Where(static page => page.Path is not ("CONTRIBUTING.md" or "ARCHITECTURE.md"))
            .SelectMany(static page => page.Blocks.Select(block => (Page: page.Path, block.Line, Fault: FaultOf(block))))
            .Where(static found => found.Fault is not null).Select(static found => $"{found.Page}:{found.Line}: {found.Fault}").ToList();

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData("sh", "", true)]
    [InlineData("sh", "run", false)]
    [InlineData("sh", "run: exit 0, 4", false)]
    [InlineData("sh", "run: some day", true)]
    [InlineData("sh", "not-run: it needs two machines", false)]
    [InlineData("sh", "not-run", true)]
    [InlineData("sh", "output", true)]
    [InlineData("sh", "rum", true)]
    [InlineData("json", "", false)]
    [InlineData("csharp", "", true)]
    [InlineData("csharp", "code", false)]
    public void A_block_without_a_mark_that_is_known_is_refused(string language, string mark, bool isRefused) =>
        Assert.Equal(isRefused, FaultOf(new DocBlock(1, language, mark, [])) is not null);

    private static string? FaultOf(DocBlock block) => block switch
    {
        { Language: null, Kind: "run" } => block.Detail == "stop" ? null : "this mark has no block after it",
        { Language: null } => null,
        { Mark: "" } => block.IsShell || block.Language is "csharp" or "sql"
            ? "a block without a mark: write <!-- run -->, or <!-- not-run: why -->, on the line before it" : null,
        _ when !Known.Contains(block.Kind) => $"'{block.Mark}' is no mark that a test knows",
        { Kind: "not-run", Detail: "" } => "not-run says why: <!-- not-run: why -->",
        { Kind: "run", Detail: not "" } when !IsDetail(block.Detail) => $"'{block.Mark}': run, run: server, run: exit 0, 4, run: PID of PEER are known",
        _ when block.IsShell && block.Kind is not ("run" or "quick-start" or "not-run") => $"a command marked '{block.Mark}' is not run",
        _ => null,
    };

    private static bool IsDetail(string detail) => detail is "server" or "built already"
        || detail.StartsWith("PID of ", StringComparison.Ordinal)
        || (detail.StartsWith("exit ", StringComparison.Ordinal)
            && detail["exit ".Length..].Split(", ").All(static code => int.TryParse(code, CultureInfo.InvariantCulture, out _)));
}
