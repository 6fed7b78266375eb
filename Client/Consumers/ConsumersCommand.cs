using System.CommandLine;
using AllData.Client.Commands;
using AllData.Consumers;
using AllData.Errors;
using AllData.Reading;

namespace AllData.Client.Consumers;

/// <summary><c>alldata consumers</c>, and <c>show</c>, <c>reset</c> and <c>delete</c> below it.</summary>
internal sealed class ConsumersCommand(ClientServices services, GlobalOptions global)
{
    private const long UsualCount = 10_000;

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var consumers = new ConsumersCommand(services, global);
        var count = CountOption();
        var command = new Command("consumers", "Lists the named consumers: how far each is, and what it has not acknowledged yet.")
        {
            count, consumers.Show(), ResetConsumerCommand.Create(services, global), consumers.Delete(),
        };
        command.SetGuardedAction(services, global, (parsed, cancellation) => consumers.ListAsync(parsed, parsed.GetValue(count) ?? UsualCount, cancellation));
        return command;
    }

    private static Option<long?> CountOption()
    {
        var count = new Option<long?>("--count")
        {
            Description = "Count so many events that a consumer has not acknowledged, at most, by a scan after its position; 0: none. Default: 10,000.",
        };
        count.RequireRange(0, long.MaxValue);
        return count;
    }

    private async Task<int> ListAsync(ParseResult parsed, long limit, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var all = await cluster.CallAsync(grains => grains.CreateConsumerPositions().ListAsync(cancellation), cancellation);
        var rows = new List<(ConsumerPosition, ConsumerLag?)>();
        foreach (var consumer in all)
        {
            // One after the other: a caller may have few scans open.
            rows.Add((consumer, await CountAsync(cluster, consumer, limit, cancellation)));
        }

        ConsumersOutput.Write(services.Terminal, rows, global.IsJson(parsed));
        return ExitCodes.Done;
    }

    private Command Show()
    {
        var (name, count) = (ConsumerArgument.Create(), CountOption());
        var command = new Command("show", "Shows how far one consumer is, and which process holds it.") { name, count };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var wanted = parsed.GetValue(name);
            var consumer = await cluster.CallAsync(grains => grains.CreateConsumerPositions().FindAsync(wanted, cancellation), cancellation)
                ?? throw new ConsumerNotFoundException(wanted.Value);
            var lag = await CountAsync(cluster, consumer, parsed.GetValue(count) ?? UsualCount, cancellation);
            ConsumersOutput.Write(services.Terminal, consumer, lag, global.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }

    private Command Delete()
    {
        var name = ConsumerArgument.Create();
        var command = new Command("delete", "Deletes a consumer: its position is forgotten, and the acknowledgements of its holder are refused.") { name };
        command.SetGuardedAction(services, global, async (parsed, cancellation) =>
        {
            await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
            var wanted = parsed.GetValue(name);
            if (!await cluster.CallAsync(grains => grains.CreateConsumerPositions().DeleteAsync(wanted, cancellation), cancellation))
            {
                throw new ConsumerNotFoundException(wanted.Value);
            }

            ConsumersOutput.WriteDeleted(services.Terminal, wanted, global.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }

    private async Task<ConsumerLag?> CountAsync(ClusterSession cluster, ConsumerPosition consumer, long limit, CancellationToken cancellation) =>
        limit == 0 ? null : await ConsumerLag.CountAsync(cluster.Grains.CreateEventReader(), consumer, limit, services.Time, cancellation);
}
