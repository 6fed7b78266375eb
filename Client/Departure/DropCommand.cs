using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary><c>alldata drop</c>.</summary>
internal sealed class DropCommand
{
    private readonly PeerArgument _peer = new();

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Only shows what would be left with too few copies. Exit code 1 when it would be refused.",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Drops it even if blocks are left with too few copies. What no other peer holds is lost.",
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var drop = new DropCommand();
        var command = new Command("drop", "Removes a peer from the cluster permanently. Refused while something would be left with too few copies without it.")
        {
            drop._peer.Argument,
            drop._dryRun,
            drop._force,
        };
        command.SetGuardedAction(services, global, (parsed, cancellation) => drop.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var peers = await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation);
        var view = _peer.Find(parsed, peers);
        var peer = view.Peer.Id;
        var output = new DepartureOutput(services.Terminal, peer, global.IsJson(parsed));
        if (view.IsDrained)
        {
            return await DropDrainedAsync(cluster.Grains, cluster.Caller, output, peer, parsed.GetValue(_dryRun), cancellation);
        }

        var check = await services.CountAsync(peer, new DepartureSurvey(cluster.Grains, services), cancellation);
        output.WriteShortages(check);
        if (check.NotAnswering.Contains(peer) && !parsed.GetValue(_force))
        {
            output.Write("refused", $"{peer} is not dropped: it does not answer, and it was not drained before, so that what it alone may hold is not "
                + "known. Start it and drain it, or give --force", check: check);
            return ExitCodes.Failed;
        }

        if (!check.Shortages.IsEmpty && !parsed.GetValue(_force))
        {
            output.Write("refused", $"{peer} is not dropped. Drain it first ('alldata drain {peer}' waits until it can go), or give --force.", check: check);
            return ExitCodes.Failed;
        }

        if (parsed.GetValue(_dryRun))
        {
            output.Write("checked", $"{peer} would be dropped: {DepartureText.Held(check)} looked at", check: check);
            return ExitCodes.Done;
        }

        var force = parsed.GetValue(_force);
        var topology = await cluster.CallAsync(g => g.GetPeerRegistry().DropPeer(peer, force), cancellation);
        output.Write("dropped", $"{peer} is dropped: {DepartureText.Held(check)} looked at. Its silo cannot announce itself back", topology, check);
        return ExitCodes.Done;
    }

    // What it holds was counted when it was drained, and it may be stopped by now: counting again could only find that it does not answer.
    private static async Task<int> DropDrainedAsync(
        IGrainFactory grains, RetryingCaller caller, DepartureOutput output, PeerId peer, bool isDry, CancellationToken cancellation)
    {
        const string confirmed = "it is drained, and it was confirmed that all it held has its copies elsewhere";
        if (isDry)
        {
            output.Write("checked", $"{peer} would be dropped: {confirmed}");
            return ExitCodes.Done;
        }

        var topology = await caller.CallAsync(() => grains.GetPeerRegistry().DropPeer(peer, force: false), cancellation);
        output.Write("dropped", $"{peer} is dropped: {confirmed}. Its silo cannot announce itself back", topology);
        return ExitCodes.Done;
    }
}
