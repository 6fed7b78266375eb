using System.CommandLine;
using AllData.Client.Commands;

namespace AllData.Client.Help;

/// <summary><c>alldata cheat</c>.</summary>
internal static class CheatCommand
{
    public static Command Create()
    {
        var command = new Command("cheat", "Shows the ten commands that people need first.");
        command.SetAction(static parsed =>
        {
            foreach (var (line, purpose) in CommandExamples.Cheat)
            {
                parsed.InvocationConfiguration.Output.WriteLine($"{line}\n    {purpose}");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
