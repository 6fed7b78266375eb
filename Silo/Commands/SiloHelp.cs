using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace AllData.Silo.Commands;

/// <summary>The help of a command with its examples at the end.</summary>
internal sealed class SiloHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts it in the place of the help of all commands.</summary>
    public static void AddTo(RootCommand root) => root.Options.OfType<HelpOption>().Single().Action = new SiloHelp();

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        output.WriteLine("Examples:");
        foreach (var example in SiloExamples.ByCommand.GetValueOrDefault(command is RootCommand ? "" : command.Name, []))
        {
            output.WriteLine($"  {example}");
        }

        output.WriteLine();
        return code;
    }
}
