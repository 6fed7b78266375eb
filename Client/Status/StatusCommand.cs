using System.CommandLine;
using AllData.Batching;
using AllData.Client.Audit;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using AllData.Reports;

namespace AllData.Client.Status;

/// <summary><c>alldata status</c>.</summary>
internal sealed class StatusCommand
{
    // The time between two looks at the peers' counters, so that a rate can be shown.
    private static readonly TimeSpan LeastWatch = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _all = new("--all") { Description = "Count the copies of all intervals. Default: of the open ones." };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var status = new StatusCommand();
        var command = new Command("status", "Shows whether all is well: the peers, what they are missing, what repair does, and how the blocks are "
            + "kept.") { status._all };
        command.SetGuardedAction(services, global, (parsed, cancellation) => status.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var views = await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation);
        var length = await new ClusterView(cluster.Grains, cluster.Caller).GetIntervalLengthAsync(cancellation);
        var survey = new PeerSurvey(cluster.Grains, cluster.Caller);
        var started = services.Time.GetTimestamp();
        var before = await AskAsync(survey, views, cancellation);
        var tally = new AuditTally();
        await foreach (var page in new AuditReader(cluster.Grains, cluster.Rule, services.Time).ReadAsync(RangeOf(parsed, length, services.Time), cancellation))
        {
            tally.Add(page);
        }

        var rest = LeastWatch - services.Time.GetElapsedTime(started);
        await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, services.Time, cancellation);
        var after = await AskAsync(survey, views, cancellation);
        var status = ClusterStatus.Of(views, before, after, services.Time.GetElapsedTime(started), tally);
        StatusOutput.Write(services.Terminal, status, global.IsJson(parsed));
        return status.IsWell ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    private AuditRange RangeOf(ParseResult parsed, TimeSpan length, TimeProvider time)
    {
        // The previous interval is open as well as the present one; what was closed since the last look is counted too.
        var before = time.GetUtcNow() - length - length;
        return parsed.GetValue(_all)
            ? new AuditRange()
            : new AuditRange(EventKey.FirstAt(Interval.Containing(before.ToUnixTimeMilliseconds(), length).StartUnixMilliseconds));
    }

    private static async Task<IReadOnlyDictionary<PeerId, PeerReport>> AskAsync(
        PeerSurvey survey, IEnumerable<PeerView> views, CancellationToken cancellation)
    {
        PeerId[] alive = [.. views.Where(static v => v.Alive && !v.Peer.IsPutOnly).Select(static v => v.Peer.Id)];
        var replies = await survey.AskAsync(alive, static (_, replica) => replica.GetReport(), cancellation);
        return replies.Answers.ToDictionary(static a => a.Peer, static a => a.Answer);
    }
}
