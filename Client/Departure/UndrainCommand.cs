using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Departure;

/// <summary><c>alldata undrain</c>.</summary>
internal static class UndrainCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var argument = new PeerArgument();
        var command = new Command("undrain", "Takes a draining peer back into use.") { argument.Argument };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var peer = argument.Find(parsed, await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation)).Peer.Id;
            var topology = await cluster.CallAsync(g => g.GetPeerRegistry().Undrain(peer), cancellation);
            new DepartureOutput(services.Terminal, peer, global.IsJson(parsed))
                .Write("undrained", $"{peer} gets new copies again, and is responsible again for those that it was meant to hold.", topology);
            return ExitCodes.Done;
        });
        return command;
    }
}
