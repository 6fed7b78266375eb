using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Client.Terminals;

namespace AllData.Client.Intervals;

/// <summary><c>alldata intervals</c>.</summary>
internal static class IntervalsCommand
{
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var command = new Command("intervals", "Lists the intervals, which peers hold how much of each, and what is certified of it.");
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var survey = new PeerSurvey(cluster.Grains, cluster.Caller);
            var peers = await survey.GetPeersAsync(cancellation);
            var replies = await survey.AskAsync(peers, static (_, replica) => replica.GetIntervals(), cancellation);
            var certified = await CertifiedIntervals.ReadAsync(cluster, cancellation);
            var held = IntervalSummary.Gather(replies);
            IntervalsOutput.Write(services.Terminal, held, certified, replies.Silent, global.IsJson(parsed));
            return replies.Silent.IsEmpty && certified.Silent.Count == 0 && certified.LostOf(held).IsEmpty ? ExitCodes.Done : ExitCodes.InDoubt;
        });
        return command;
    }
}
