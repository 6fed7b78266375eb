using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Follow;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Consumers;

/// <summary><c>alldata consumers reset</c>.</summary>
internal sealed class ResetConsumerCommand
{
    private readonly Option<EventKey?> _after = new("--after")
    {
        Description = "Go on after this key.",
        CustomParser = KeyParser.Parse<EventKey?>(static key => key),
    };

    private readonly Option<TailSince?> _since = new("--since")
    {
        Description = "Begin so long ago, as 90s, 30m, 1h or 2d, or with a time or key.",
        HelpName = "AGO|TIME",
        CustomParser = TailSince.Parse,
    };

    private readonly Option<bool> _beginning = new("--beginning") { Description = "Begin with the first event of the store." };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var (reset, name) = (new ResetConsumerCommand(), ConsumerArgument.Create());
        var command = new Command(
            "reset",
            "Sets the position of a consumer, forwards or back, and takes it from its holder, which is told so when it acknowledges next. Makes the consumer "
            + "where it is not there.")
        {
            name, reset._after, reset._since, reset._beginning,
        };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            var position = reset.PositionIn(parsed, services.Time);
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var (positions, wanted) = (cluster.Grains.CreateConsumerPositions(), parsed.GetValue(name));
            var before = await positions.FindAsync(wanted, cancellation);
            var after = await positions.ResetAsync(wanted, before?.Mark, position, cancellation);
            ConsumersOutput.Write(services.Terminal, after, lag: null, global.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }

    private EventKey PositionIn(ParseResult parsed, TimeProvider time)
    {
        var (after, since, beginning) = (parsed.GetValue(_after), parsed.GetValue(_since), parsed.GetValue(_beginning));
        return (after, since, beginning) switch
        {
            ({ } key, null, false) => key,
            (null, { } ago, false) => FollowStart.From(ago.FirstKey(time)).Position!.Value,
            (null, null, true) => default,
            _ => throw new UsageException("Give one of --after, --since and --beginning."),
        };
    }
}
