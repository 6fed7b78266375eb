using System.Collections.Immutable;
using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary><c>alldata drain</c>.</summary>
internal sealed class DrainCommand
{
    private readonly PeerArgument _peer = new();

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Only shows what would have to be copied elsewhere.",
    };

    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Returns at once. The same command without it shows the progress.",
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var drain = new DrainCommand();
        var command = new Command(
            "drain", "Takes a peer out of use: it gets no new copies, and what it holds is completed elsewhere. Waits until it is safe to stop it.")
        {
            drain._peer.Argument,
            drain._dryRun,
            drain._noWait,
        };
        command.SetGuardedAction(services, global, (parsed, cancellation) => drain.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var peers = await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation);
        var peer = _peer.Find(parsed, peers).Peer.Id;
        var output = new DepartureOutput(services.Terminal, peer, global.IsJson(parsed));
        SayWhetherOthersCanTakeOver(services.Terminal, peer, peers);
        var survey = new DepartureSurvey(cluster.Grains, services);
        if (parsed.GetValue(_dryRun))
        {
            return await ShowAsync(services, output, peer, survey, cancellation);
        }

        var topology = await cluster.CallAsync(g => g.GetPeerRegistry().Drain(peer), cancellation);
        if (parsed.GetValue(_noWait))
        {
            output.Write("draining", $"{peer} is draining: it gets no new copies, and others fetch what it holds.", topology);
            return ExitCodes.Done;
        }

        services.Terminal.Say($"{peer} is draining: it gets no new copies, and others fetch what it holds.");
        return await WaitAsync(services, output, topology, new DrainWatch(peer, survey, services), peer, cancellation);
    }

    private static async Task<int> ShowAsync(
        ClientServices services, DepartureOutput output, PeerId peer, DepartureSurvey survey, CancellationToken cancellation)
    {
        var check = await services.CountAsync(peer, survey, cancellation);
        output.WriteShortages(check);
        output.Write(
            "checked",
            $"{peer}: {DepartureText.Held(check)} looked at, of which {DepartureText.Short(check)} would have to be copied elsewhere",
            check: check);
        return check.NotAnswering.IsEmpty ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    private static async Task<int> WaitAsync(
        ClientServices services, DepartureOutput output, TopologySnapshot topology, DrainWatch watch, PeerId peer, CancellationToken cancellation)
    {
        try
        {
            var check = await watch.RunAsync(cancellation);
            output.WriteShortages(check);
            output.Write("drained", Conclusion(peer, check), topology, check);
            return check.NotAnswering.Contains(peer) ? ExitCodes.InDoubt : ExitCodes.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            services.Terminal.Say($"{peer} is still draining. 'alldata drain {peer}' shows how far it is, 'alldata undrain {peer}' takes it back into use.");
            return ExitCodes.Interrupted;
        }
    }

    private static string Conclusion(PeerId peer, DepartureCheck check) => check.NotAnswering.Contains(peer)
        ? $"{peer}: all {DepartureText.Held(check)} that the others hold have their copies without it; what it alone holds is not known, because it "
            + "does not answer"
        : $"{peer}: all {DepartureText.Held(check)} that it holds have their copies elsewhere. It is safe to stop it, and to drop it";

    private static void SayWhetherOthersCanTakeOver(Terminal terminal, PeerId peer, ImmutableArray<PeerView> peers)
    {
        if (!peers.Any(p => p.Peer.Id != peer && p.Peer is { Stores: true, Status: PeerStatus.Active }))
        {
            terminal.Say($"No other peer is active, so no peer can take over what {peer} holds. Start or undrain another one.");
        }
    }
}
