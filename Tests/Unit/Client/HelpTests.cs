using System.CommandLine;
using AllData.Client;
using AllData.Client.Commands;
using AllData.Client.Help;
using AllData.Client.Terminals;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

/// <summary>Help with examples, the cheat sheet, and completion.</summary>
public sealed class HelpTests
{
    private readonly ClientRun _run = new();

    [Fact]
    public void Each_command_has_examples_that_parse_and_are_of_that_command()
    {
        var root = Root();
        foreach (var command in CommandsOf(root))
        {
            var words = ExampleHelp.WordsOf(command);
            Assert.True(CommandExamples.Of(words).Count > 0, $"'{words}' has no example.");
            foreach (var example in CommandExamples.Of(words))
            {
                var parsed = root.Parse(WordsOf(example));
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors.Select(static e => e.Message))}");
                var of = ExampleHelp.WordsOf(parsed.CommandResult.Command);
                Assert.True(of.StartsWith(words, StringComparison.Ordinal), $"'{example}' is an example of '{of}', not of '{words}'.");
            }
        }
    }

    [Fact]
    public async Task Help_ends_with_the_examples_of_the_command()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("consumers", "reset", "--help"));

        Assert.Contains("Usage:", _run.Output);
        Assert.EndsWith("Examples:\n  alldata consumers reset billing --since 1h\n  alldata consumers reset billing --beginning\n\n",
            _run.Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_cheat_sheet_has_ten_commands_that_parse()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("cheat"));

        Assert.Equal(10, CommandExamples.Cheat.Length);
        Assert.All(CommandExamples.Cheat, entry =>
        {
            Assert.Contains(entry.Line, _run.Output);
            Assert.Empty(Root().Parse(WordsOf(entry.Line)).Errors);
        });
    }

    [Theory]
    [InlineData("alldata st", "status")]
    [InlineData("alldata consumers re", "reset")]
    [InlineData("/usr/bin/alldata scan --fr", "--from")]
    [InlineData("alldata completion ", "bash,powershell,zsh")]
    [InlineData("alldata put --level ", "all")]
    public async Task The_words_that_may_follow_are_offered(string line, string expected)
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("complete", "--position", $"{line.Length}", line));

        var offered = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Empty(expected.Split(',').Except(offered));
        Assert.DoesNotContain("complete", offered);
    }

    [Fact]
    public async Task What_stands_behind_the_cursor_does_not_count()
    {
        await _run.RunAsync("complete", "--position", "10", "alldata st --json");

        Assert.Equal("status", _run.Output.Trim());
    }

    [Theory]
    [InlineData("bash", "complete -F _alldata alldata")]
    [InlineData("zsh", "compdef _alldata alldata")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName alldata")]
    public async Task Each_shell_has_its_script(string shell, string part)
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("completion", shell));

        Assert.Contains(part, _run.Output);
        Assert.Contains("alldata complete --position", _run.Output);
    }

    [Fact]
    public async Task Bash_completes_a_word_and_an_option()
    {
        if (!File.Exists("/bin/bash"))
        {
            return;
        }

        const string Script = """
            alldata() { dotnet "$0" "$@"; }
            source <(alldata completion bash)
            complete_last() { COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_POINT=${#COMP_LINE}; _alldata; echo "${COMPREPLY[*]}"; }
            COMP_LINE='alldata stat' complete_last
            COMP_LINE='alldata scan --inter' complete_last
            """;
        var run = await ProgramRun.RunAsync(
            "/bin/bash", TimeSpan.FromMinutes(3), Repository.Root, "-c", Script, Repository.OutputOf("Client", "alldata.dll"));

        Assert.Equal("status\n--interval", run.Output.Trim());
    }

    [Fact]
    public async Task A_shell_without_a_script_is_refused() => Assert.Equal(ExitCodes.Usage, await _run.RunAsync("completion", "fish"));

    private static IEnumerable<Command> CommandsOf(Command command) =>
        command.Hidden ? [] : command.Subcommands.SelectMany(CommandsOf).Prepend(command);

    private RootCommand Root() => AllDataCommand.Create(new ClientServices(
        _run, Terminal.Of(Stream.Null, Stream.Null, TextWriter.Null), TimeProvider.System, new Random(1)));

    // As a shell divides it; of what shells do, only single quotes and a command within another.
    private static string[] WordsOf(string line) =>
    [
        .. line.Replace("source <(", "", StringComparison.Ordinal).TrimEnd(')').Split('\'')
            .SelectMany(static (part, n) => n % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Skip(1),
    ];
}
