using System.CommandLine;
using AllData.Client.Connection;
using AllData.Client.Output;
using AllData.Putting;

namespace AllData.Client.Commands;

/// <summary><c>alldata undrain</c>.</summary>
internal static class UndrainCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var argument = new PeerArgument();
        var command = new Command("undrain", "Takes a draining peer back into use.") { argument.Argument };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation);
            var caller = new RetryingCaller(new RetryRule(services.Chance), services.Time);
            var peer = argument.Find(parsed, await caller.CallAsync(() => cluster.Grains.GetPeerRegistry().GetPeers(), cancellation)).Peer.Id;
            var topology = await caller.CallAsync(() => cluster.Grains.GetPeerRegistry().Undrain(peer), cancellation);
            new DepartureOutput(services.Terminal, peer, global.IsJson(parsed))
                .Write("undrained", $"{peer} gets new copies again, and has its place in its copysets.", topology);
            return ExitCodes.Done;
        });
        return command;
    }
}
