using System.CommandLine;
using AllData.Client.Commands;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary><c>alldata drain</c>.</summary>
internal static class DrainCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var noWait = new Option<bool>("--no-wait")
        {
            Description = "Returns as soon as the order is given. The same command without it shows how far it is.",
        };
        return new DepartureCommand(services, global, "Only shows what would have to be copied elsewhere.", noWait).Create(
            "drain",
            "Takes a peer out of use: it gets no new copies, and what it holds is completed elsewhere. Waits until it is safe to stop it.",
            RunAsync);
    }

    private static async Task<int> RunAsync(DepartureRun run, CancellationToken cancellation)
    {
        if (await TakeOver.FindAsync(run, cancellation) is { } sentence)
        {
            run.Services.Terminal.Say(sentence);
        }

        if (run.IsDry)
        {
            return await ShowAsync(run, cancellation);
        }

        var topology = await run.OrderAsync(static (registry, peer) => registry.Drain(peer), cancellation);
        var isDraining = $"{run.Peer} is draining: it gets no new copies, and others fetch what it holds.";
        if (run.HasOwn)
        {
            run.Output.Write("draining", isDraining, topology);
            return ExitCodes.Done;
        }

        run.Services.Terminal.Say(isDraining);
        return await WaitAsync(run, topology, cancellation);
    }

    private static async Task<int> ShowAsync(DepartureRun run, CancellationToken cancellation)
    {
        var check = await run.CountAsync(cancellation);
        run.Output.WriteShortages(check);
        run.Output.Write(
            "checked",
            $"{run.Peer}: {DepartureText.Held(check)} looked at, of which {DepartureText.Short(check)} would have to be copied elsewhere",
            check: check);
        return check.NotAnswering.IsEmpty ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    private static async Task<int> WaitAsync(DepartureRun run, TopologySnapshot topology, CancellationToken cancellation)
    {
        var peer = run.Peer;
        try
        {
            var check = await new DrainWatch(peer, run.Survey, run.Services).RunAsync(cancellation);
            run.Output.WriteShortages(check);
            run.Output.Write("drained", Conclusion(peer, check), topology, check);
            return check.NotAnswering.Contains(peer) ? ExitCodes.InDoubt : ExitCodes.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            run.Services.Terminal.Say(
                $"{peer} is still draining. 'alldata drain {peer}' shows how far it is, 'alldata undrain {peer}' takes it back into use.");
            return ExitCodes.Interrupted;
        }
    }

    private static string Conclusion(PeerId peer, DepartureCheck check) => check.NotAnswering.Contains(peer)
        ? $"{peer}: all {DepartureText.Held(check)} that the others hold have their copies without it; what it alone holds is not known, because it "
            + "does not answer"
        : $"{peer}: all {DepartureText.Held(check)} that it holds have their copies elsewhere. It is safe to stop it, and to drop it";
}
