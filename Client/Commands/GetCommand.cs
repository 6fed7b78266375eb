using System.CommandLine;
using AllData.Client.Connection;
using AllData.Client.Output;
using AllData.Events;
using AllData.Putting;

namespace AllData.Client.Commands;

/// <summary><c>alldata get KEY</c>.</summary>
internal static class GetCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var key = new Argument<EventKey>("KEY")
        {
            Description = "The event's key: 27 characters, as a receipt names it.",
            CustomParser = KeyParser.Parse(static key => key),
        };
        var raw = new Option<bool>("--raw")
        {
            Description = "Write the bytes as they are to a terminal, too. Default: control characters are escaped there, never in a file or a pipe.",
        };
        var command = new Command("get", "Asks every peer for an event and writes its bytes.") { key, raw };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation);
            var caller = new RetryingCaller(new RetryRule(services.Chance), services.Time);
            var result = await caller.CallAsync(() => cluster.Grains.GetEventReader().Get(parsed.GetValue(key)), cancellation);
            ReadOutput.Write(services.Terminal, result, global.IsJson(parsed), parsed.GetValue(raw));
            return result.Events.Length == 1 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
