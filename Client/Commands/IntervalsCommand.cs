using System.CommandLine;
using AllData.Client.Connection;
using AllData.Client.Output;
using AllData.Client.Reading;
using AllData.Putting;

namespace AllData.Client.Commands;

/// <summary><c>alldata intervals</c>.</summary>
internal static class IntervalsCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var command = new Command("intervals", "Lists the intervals, and which peers hold how much of each.");
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation);
            var survey = new PeerSurvey(cluster.Grains, new RetryingCaller(new RetryRule(services.Chance), services.Time));
            var peers = await survey.GetPeersAsync(cancellation);
            var replies = await survey.AskAsync(peers, static (_, replica) => replica.GetIntervals(), cancellation);
            IntervalsOutput.Write(services.Terminal, IntervalSummary.Gather(replies), replies.Silent, global.IsJson(parsed));
            return replies.Silent.IsEmpty ? ExitCodes.Done : ExitCodes.InDoubt;
        });
        return command;
    }
}
