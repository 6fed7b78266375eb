using System.CommandLine;
using AllData.Client.Commands;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary><c>alldata drop</c>.</summary>
internal static class DropCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var force = new Option<bool>("--force") { Description = "Drops it even if blocks are left with too few copies. What no other peer holds is lost." };
        return new DepartureCommand(
            services, global, "Only shows what would be left with too few copies. Exit code 1 when it would be refused.", force).Create(
            "drop", "Removes a peer from the cluster permanently. Refused while something would be left with too few copies without it.", RunAsync);
    }

    private static async Task<int> RunAsync(DepartureRun run, CancellationToken cancellation)
    {
        if (run.View.IsDrained)
        {
            return await DropDrainedAsync(run, cancellation);
        }

        var (peer, isForced) = (run.Peer, run.HasOwn);
        var check = await run.CountAsync(cancellation);
        run.Output.WriteShortages(check);
        if (!isForced && WhyNot(peer, check) is { } refusal)
        {
            run.Output.Write("refused", refusal, check: check);
            return ExitCodes.Failed;
        }

        if (run.IsDry)
        {
            run.Output.Write("checked", $"{peer} would be dropped: {DepartureText.Held(check)} looked at", check: check);
            return ExitCodes.Done;
        }

        var topology = await run.OrderAsync((registry, dropped) => registry.DropPeer(dropped, isForced), cancellation);
        run.Output.Write("dropped", $"{peer} is dropped: {DepartureText.Held(check)} looked at. Its silo cannot announce itself back", topology, check);
        return ExitCodes.Done;
    }

    private static string? WhyNot(PeerId peer, DepartureCheck check) => check switch
    {
        _ when check.NotAnswering.Contains(peer) =>
            $"{peer} is not dropped: it does not answer, and it was not drained before, so that what it alone may hold is not known. "
                + "Start it and drain it, or give --force",
        { Shortages.IsEmpty: false } => $"{peer} is not dropped. Drain it first ('alldata drain {peer}' waits until it can go), or give --force.",
        _ => null,
    };

    // What it holds was counted when it was drained, and it may be stopped by now: counting again could only find that it does not answer.
    private static async Task<int> DropDrainedAsync(DepartureRun run, CancellationToken cancellation)
    {
        const string confirmed = "it is drained, and it was confirmed that all it held has its copies elsewhere";
        if (run.IsDry)
        {
            run.Output.Write("checked", $"{run.Peer} would be dropped: {confirmed}");
            return ExitCodes.Done;
        }

        var topology = await run.OrderAsync(static (registry, peer) => registry.DropPeer(peer, force: false), cancellation);
        run.Output.Write("dropped", $"{run.Peer} is dropped: {confirmed}. Its silo cannot announce itself back", topology);
        return ExitCodes.Done;
    }
}
