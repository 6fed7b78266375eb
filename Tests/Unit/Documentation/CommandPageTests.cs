using System.CommandLine;
using AllData.Client;
using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Silo.Commands;
using AllData.Tests.Support.Documentation;
using AllData.Tests.Unit.Client;

namespace AllData.Tests.Unit.Documentation;

/// <summary>The page of commands is what the programs say of themselves.</summary>
public sealed class CommandPageTests
{
    [Fact]
    public void The_page_has_the_help_of_every_command() =>
        GeneratedPart.Check("docs/reference/cli.md", [.. PartOf("alldata", Client()), .. PartOf("AllData.Silo", SiloCommands.Create())]);

    [Fact]
    public void Each_command_of_the_silo_program_has_examples_that_parse_and_are_of_that_command()
    {
        var root = SiloCommands.Create();

        foreach (var command in root.Subcommands.Prepend<Command>(root))
        {
            var name = command is RootCommand ? "" : command.Name;
            Assert.True(SiloExamples.ByCommand.ContainsKey(name), $"'{name}' has no example.");
            foreach (var example in SiloExamples.ByCommand[name])
            {
                var words = example.Split(' ').SkipWhile(static word => word != "AllData.Silo").Skip(1).ToArray();
                var parsed = root.Parse(words);
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors.Select(static e => e.Message))}");
                Assert.Equal(command.Name, parsed.CommandResult.Command.Name);
                Assert.Null(SettingArguments.From(parsed).Complaint);
            }
        }
    }

    private static RootCommand Client() => AllDataCommand.Create(new ClientServices(
        new ClientRun(), Terminal.Of(Stream.Null, Stream.Null, TextWriter.Null), TimeProvider.System, new Random(1)));

    private static IEnumerable<string> PartOf(string program, RootCommand root) => CommandsOf(root, program).SelectMany(named =>
    {
        using var output = new StringWriter();
        root.Parse([.. named.Words.Split(' ').Skip(1), "--help"]).Invoke(new InvocationConfiguration { Output = output });
        var help = output.ToString().ReplaceLineEndings("\n").Replace($"  {RootCommand.ExecutableName}", $"  {program}", StringComparison.Ordinal).Trim('\n');
        return (string[])[$"### `{named.Words}`", "", "```text", help, "```", ""];
    }).Prepend("").Prepend($"## `{program}`");

    private static IEnumerable<(Command Command, string Words)> CommandsOf(Command command, string words) => command.Hidden ? []
        : command.Subcommands.SelectMany(sub => CommandsOf(sub, $"{words} {sub.Name}")).Prepend((command, words));
}
