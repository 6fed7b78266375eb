using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Read;

/// <summary><c>alldata get KEY</c>.</summary>
internal static class GetCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var key = KeyParser.CreateArgument();
        var raw = new Option<bool>("--raw")
        {
            Description = "Write the bytes as they are to a terminal, too. Default: control characters are escaped there, never in a file or a pipe.",
        };
        var command = new Command("get", "Asks every peer for an event and writes its bytes.") { key, raw };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var result = await cluster.CallAsync(g => g.GetEventReader().Get(parsed.GetValue(key)), cancellation);
            ReadOutput.Write(services.Terminal, result, global.IsJson(parsed), parsed.GetValue(raw));
            return result.Events is [{ Unreadable: null }] ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
