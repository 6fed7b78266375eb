using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Peers;

/// <summary><c>alldata peers</c>.</summary>
internal static class PeersCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var command = new Command("peers", "Lists the registered peers, and which of them are alive.") { AddPeerCommand.Create(services, global) };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var peers = await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation);
            PeersOutput.Write(services.Terminal, peers, global.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }
}
