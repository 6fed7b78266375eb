using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Peers;
using AllData.Client.Read;
using AllData.Events;

namespace AllData.Client.Copies;

/// <summary><c>alldata where</c>.</summary>
internal sealed class WhereCommand
{
    private readonly RangeOptionSet _range = new();

    private readonly Option<bool> _missing = new("--missing") { Description = "Only blocks of which a copy is missing, or may be." };

    private readonly Option<int> _limit = new("--limit")
    {
        Description = "Blocks to look at: it ends after the minute in which there are as many.",
        HelpName = "N",
        DefaultValueFactory = static _ => 1_000,
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var where = new WhereCommand();
        where._limit.RequireRange(1, 100_000);
        var command = new Command("where", "Shows which peers hold the blocks of a range, a column for each peer, and marks the copies that are missing.")
        {
            where._missing, where._limit,
        };
        where._range.AddRangeTo(command);
        command.SetGuardedAction(services, global, (parsed, cancellation) => where.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        _range.Check(parsed);
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var view = new ClusterView(cluster.Grains, cluster.Caller);
        var range = _range.GetRange(parsed, await _range.GetIntervalAsync(parsed, () => view.GetIntervalLengthAsync(cancellation)));
        var matrix = await new BlockSurvey(cluster.Grains, cluster.Caller).AskAsync(
            range.From is { } from ? UnixMinute.Of(from) : UnixMinute.First, EndOf(range.To), parsed.GetValue(_limit), cancellation);
        WhereOutput.Write(services.Terminal, matrix, parsed.GetValue(_missing), global.IsJson(parsed));
        return matrix.Silent.IsEmpty && !matrix.Blocks.Any(static b => b.IsIncomplete) ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    // Whole minutes: one that the range ends in is looked at, too.
    private static UnixMinute EndOf(EventKey? to) => to is not { } key ? UnixMinute.End
        : UnixMinute.Of(key) is var minute && minute.GetFirstKey() == key ? minute : minute.Next();
}
