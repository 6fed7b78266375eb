using System.CommandLine;
using AllData.Client.Connection;
using AllData.Client.Output;
using AllData.Client.Reading;
using AllData.Putting;
using AllData.Replication;

namespace AllData.Client.Commands;

/// <summary><c>alldata audit</c>.</summary>
internal sealed class AuditCommand
{
    private readonly RangeOptionSet _range = new();

    /// <summary>Builds the command.</summary>
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
        await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation);
        var rule = new RetryRule(services.Chance);
        var view = new ClusterView(cluster.Grains, new RetryingCaller(rule, services.Time));
        var interval = await _range.GetIntervalAsync(parsed, () => view.GetIntervalLengthAsync(cancellation));
        var range = _range.GetRange(parsed, interval);
        var tally = new AuditTally();
        await new WorkProgress(services.Terminal, tally.Describe, null, services.Time).ShowAsync(async () =>
        {
            await foreach (var page in new AuditReader(cluster.Grains, rule, services.Time).ReadAsync(new AuditRange(range.From, range.To), cancellation))
            {
                tally.Add(page);
            }
        });
        AuditOutput.Write(services.Terminal, tally, global.IsJson(parsed));
        return tally.OldestAway is null && tally.NotAnswering.IsEmpty ? ExitCodes.Done : ExitCodes.InDoubt;
    }
}
