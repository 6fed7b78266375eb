using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Replication;

namespace AllData.Client.Audit;

/// <summary><c>alldata audit</c>.</summary>
internal sealed class AuditCommand
{
    private readonly RangeOptionSet _range = new();

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var audit = new AuditCommand();
        var command = new Command("audit", "Counts the copies of all blocks, from what the peers hold: by interval, adherence and number of copies.");
        audit._range.AddTo(command);
        command.SetGuardedAction(services, global, (parsed, cancellation) => audit.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        _range.Check(parsed);
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var view = new ClusterView(cluster.Grains, cluster.Caller);
        var interval = await _range.GetIntervalAsync(parsed, () => view.GetIntervalLengthAsync(cancellation));
        var range = _range.GetRange(parsed, interval);
        var tally = new AuditTally();
        await new WorkProgress(services.Terminal, tally.Describe, null, services.Time).ShowAsync(async () =>
        {
            await foreach (var page in new AuditReader(cluster.Grains, cluster.Rule, services.Time).ReadAsync(new AuditRange(range.From, range.To),
                cancellation))
            {
                tally.Add(page);
            }
        });
        AuditOutput.Write(services.Terminal, tally, global.IsJson(parsed));
        return tally.OldestAway is null && tally.NotAnswering.IsEmpty ? ExitCodes.Done : ExitCodes.InDoubt;
    }
}
