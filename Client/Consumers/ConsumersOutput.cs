using System.Globalization;
using AllData.Client.Terminals;
using AllData.Consumers;
using AllData.Events;

namespace AllData.Client.Consumers;

/// <summary>A consumer for machines.</summary>
internal sealed record ConsumerJson(
    string Name, string? Position, long Epoch, string Holder, DateTimeOffset WrittenAt, DateTimeOffset HeldSince, DateTimeOffset CreatedAt, double? LagSeconds,
    long? LagEvents, bool? LagIsAtLeast)
{
    public static ConsumerJson Of(ConsumerPosition consumer, ConsumerLag? lag) => new(
        consumer.Name.Value, consumer.Position?.ToString(), consumer.Epoch, consumer.Holder, consumer.WrittenAt, consumer.HeldSince, consumer.CreatedAt,
        lag is null ? null : Math.Round(lag.Behind.TotalSeconds, 3), lag?.Events, lag?.IsAtLeast);
}

/// <summary>A consumer that was deleted, for machines.</summary>
internal sealed record DeletedConsumerJson(string Name, bool Deleted);

/// <summary>Writes consumers.</summary>
internal static class ConsumersOutput
{
    /// <summary>Writes all of them.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<(ConsumerPosition Consumer, ConsumerLag? Lag)> consumers, bool json)
    {
        if (json)
        {
            terminal.WriteJson(consumers.Select(static c => ConsumerJson.Of(c.Consumer, c.Lag)));
            return;
        }

        var table = new ResultTable(
            new("consumer"), new("lag, s"), new("events"), new("position", 1), new("written", 2), new("holder", 3));
        foreach (var (consumer, lag) in consumers)
        {
            table.AddRow(
                consumer.Name.Value, SecondsOf(lag), EventsOf(lag), PlaceOf(consumer.Position), TimeOf(consumer.WrittenAt), consumer.Holder);
        }

        table.Write(terminal);
    }

    /// <summary>Writes one.</summary>
    public static void Write(Terminal terminal, ConsumerPosition consumer, ConsumerLag? lag, bool json)
    {
        if (json)
        {
            terminal.WriteJson(ConsumerJson.Of(consumer, lag));
            return;
        }

        terminal.WriteLine($"{consumer.Name} is at {PlaceOf(consumer.Position)}, written {TimeOf(consumer.WrittenAt)}.");
        if (lag is not null)
        {
            terminal.WriteLine($"Not acknowledged: {EventsOf(lag)} events, the oldest put {SecondsOf(lag)} s ago.");
        }

        terminal.WriteLine(consumer.Holder.Length > 0
            ? $"Held by {consumer.Holder} since {TimeOf(consumer.HeldSince)} (number {consumer.Epoch})."
            : $"Held by no process since {TimeOf(consumer.HeldSince)} (number {consumer.Epoch}).");
    }

    /// <summary>Says that one was deleted.</summary>
    public static void WriteDeleted(Terminal terminal, ConsumerName name, bool json)
    {
        if (json)
        {
            terminal.WriteJson(new DeletedConsumerJson(name.Value, Deleted: true));
        }
        else
        {
            terminal.WriteLine($"{name} is deleted.");
        }
    }

    private static string PlaceOf(EventKey? position) => position is not { } key ? "the present" : key == default ? "the beginning" : key.ToString();

    private static string TimeOf(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string SecondsOf(ConsumerLag? lag) => lag is null ? "" : lag.Behind.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);

    private static string EventsOf(ConsumerLag? lag) => lag is null ? "" : lag.IsAtLeast ? $"at least {lag.Events:N0}" : $"{lag.Events:N0}";
}
