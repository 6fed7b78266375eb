using System.CommandLine;
using AllData.Client.Commands;
using AllData.Copies;

namespace AllData.Client.Copies;

/// <summary><c>alldata explain KEY</c>.</summary>
internal static class ExplainCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var key = KeyParser.CreateArgument();
        var command = new Command(
            "explain", "Shows where each copy of an event lies, which peers are meant to hold one, and which of them owe it. Reads no payload.") { key };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var copies = await KeyCopies.AskAsync(cluster.Grains, cluster.Caller, parsed.GetValue(key), cancellation);
            ExplainOutput.Write(services.Terminal, parsed.GetValue(key), copies, global.IsJson(parsed));
            return copies.Events.IsEmpty ? ExitCodes.Failed
                : !copies.Silent.IsEmpty || copies.Events.Length > 1 || copies.Events.Any(static e => e.In(CopyState.Missing).Any()) ? ExitCodes.InDoubt
                : ExitCodes.Done;
        });
        return command;
    }
}
