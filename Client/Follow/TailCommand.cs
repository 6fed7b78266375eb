using System.Collections.Immutable;
using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Consumers;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Follow;

/// <summary><c>alldata tail</c>.</summary>
internal sealed class TailCommand
{
    private readonly Option<TailSince?> _since = new("--since")
    {
        Description = "Begin so long ago, as 90s, 30m, 1h or 2d, or with a time or key, as 20261122T10 or 2026-11-22T10:00Z. Default: now.",
        HelpName = "AGO|TIME",
        CustomParser = TailSince.Parse,
    };

    private readonly Option<int?> _last = new("--last") { Description = "Begin with so many of the newest events, those that --filter takes." };

    private readonly Option<EventKey?> _after = new("--after")
    {
        Description = "Begin after this key: where a former reader has got to.",
        CustomParser = KeyParser.Parse<EventKey?>(static key => key),
    };

    private readonly Option<bool> _live = new("--live")
    {
        Description = "Write each event as soon as it is acknowledged, not in the order of the keys. A tail that goes on with --after repeats some.",
    };

    private readonly Option<ConsumerName?> _consumer = new("--consumer")
    {
        Description = "Go on where this named consumer is, and acknowledge what is written. A new one begins now; 'alldata consumers reset' sets it elsewhere.",
        HelpName = "NAME",
        CustomParser = static result => ValueParser.Parse<ConsumerName>(result, ConsumerName.TryParse, ConsumerName.Fault),
    };

    private readonly Option<long?> _limit = new("--limit") { Description = "End after so many events. Default: never." };
    private readonly Option<Topic?> _topic = TopicParser.Create("Only events of this topic.");
    private readonly Option<EventFilter[]> _filter = EventFilter.CreateOption();

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var tail = new TailCommand();
        var command = new Command(
            "tail",
            "Follows the store: writes each event as a line of JSON, once, in the order of the keys, a second or two after it was put. Says on the standard "
            + "error which peer it waits for. Ctrl+C ends it.");
        tail._last.RequireRange(1, 1_000_000);
        tail._limit.RequireRange(1, long.MaxValue);
        foreach (var option in new Option[] { tail._since, tail._last, tail._after, tail._consumer, tail._live, tail._limit, tail._filter, tail._topic })
        {
            command.Add(option);
        }

        command.SetGuardedAction(services, global, (parsed, cancellation) => tail.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var (since, last, after, consumer) = (parsed.GetValue(_since), parsed.GetValue(_last), parsed.GetValue(_after), parsed.GetValue(_consumer));
        if (consumer is not null && (since is not null || last is not null || after is not null))
        {
            throw new UsageException(
                "A consumer goes on where it is: --since, --last and --after do not go with --consumer. "
                + $"'alldata consumers reset {consumer}' with --since, --after or --beginning sets it elsewhere.");
        }

        if (new object?[] { since, last, after }.Count(static given => given is not null) > 1)
        {
            throw new UsageException("Give one of --since, --last and --after.");
        }

        if (consumer is not null && parsed.GetValue(_topic) is not null)
        {
            throw new UsageException("A consumer is given every event: --topic does not go with --consumer.");
        }

        if (consumer is not null && parsed.GetValue(_live))
        {
            throw new UsageException("A consumer's position is one key, and it is given events in the order of the keys: --live does not go with --consumer.");
        }

        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var reader = cluster.Grains.CreateEventReader();
        var mode = parsed.GetValue(_live) ? FollowMode.Live : FollowMode.Ordered;
        var output = new TailOutput(services.Terminal, parsed.GetValue(_filter) ?? [], parsed.GetValue(_limit), mode, global.IsJson(parsed));
        var start = after is { } key ? FollowStart.After(key) : since is not null ? FollowStart.From(since.FirstKey(services.Time)) : FollowStart.Now;
        try
        {
            await (consumer is { } name
                ? ConsumeAsync(reader, name, output, cancellation)
                : FollowAsync(reader, start with { Topic = parsed.GetValue(_topic) }, mode, last, output, cancellation));
        }
        finally
        {
            // Events and positions that were written are useful, however it ends.
            output.Finish();
        }

        return ExitCodes.Done;
    }

    private static async Task FollowAsync(
        IEventReader reader, FollowStart start, FollowMode mode, int? last, TailOutput output, CancellationToken cancellation)
    {
        var isFirst = last is not null;
        await foreach (var page in reader.FollowAsync(start, mode).ReadPagesAsync(cancellation))
        {
            if (isFirst && page.Position is { } present)
            {
                isFirst = false;
                foreach (var e in await LastEvents.FindAsync(reader, present, last!.Value, start.Topic, output.Takes, cancellation))
                {
                    output.Write(e);
                }
            }

            output.Write(page);
            if (output.IsFull)
            {
                return;
            }
        }
    }

    private static async Task ConsumeAsync(IEventReader reader, ConsumerName name, TailOutput output, CancellationToken cancellation)
    {
        using var consumer = reader.ConsumeAsync(name.Value, FollowStart.Now);
        await foreach (var page in consumer.ReadPagesAsync(cancellation))
        {
            output.Write(page);
            if (output.Position is { } position)
            {
                await consumer.AcknowledgeAsync(position, cancellation);
            }

            if (output.IsFull)
            {
                return;
            }
        }
    }
}
