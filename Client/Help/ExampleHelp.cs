using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace AllData.Client.Help;

/// <summary>The help of a command with its examples at the end.</summary>
internal sealed class ExampleHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts it in the place of the help of all commands.</summary>
    public static void AddTo(RootCommand root) => root.Options.OfType<HelpOption>().Single().Action = new ExampleHelp();

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (CommandExamples.Of(WordsOf(parseResult.CommandResult.Command)) is { Count: > 0 } examples)
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return code;
    }

    /// <summary>The names of a command and of those that it belongs to, without the program's.</summary>
    public static string WordsOf(Command command) => command is RootCommand ? ""
        : command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"{WordsOf(parent)} {command.Name}"
        : command.Name;
}
