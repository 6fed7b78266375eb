using System.CommandLine;
using AllData.Client.Connection;
using AllData.Client.Output;
using AllData.Putting;

namespace AllData.Client.Commands;

/// <summary><c>alldata peers</c>.</summary>
internal static class PeersCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var command = new Command("peers", "Lists the registered peers, and which of them are alive.");
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation);
            var caller = new RetryingCaller(new RetryRule(services.Chance), services.Time);
            var peers = await caller.CallAsync(() => cluster.Grains.GetPeerRegistry().GetPeers(), cancellation);
            PeersOutput.Write(services.Terminal, peers, global.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }
}
