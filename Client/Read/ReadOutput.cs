using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Read;

/// <summary>What was found under a key, for machines.</summary>
internal sealed record ReadJson(string Key, IReadOnlyList<EventJson> Events, IReadOnlyList<string> Silent, string? Doubt)
{
    public static ReadJson Of(EventReadResult result) => new(
        result.Key.ToString(), [.. result.Events.Select(EventJson.Of)], [.. result.Silent.Select(static p => p.Value)], result.Doubt);
}

/// <summary>One event for machines: its payload as JSON, or as base64 when it is not JSON.</summary>
internal sealed record EventJson(
    JsonElement? Payload, byte[]? PayloadBase64, string Digest, IReadOnlyList<string> Holders,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PayloadFault? Unreadable,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EncryptionKeyId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Topic)
{
    public static EventJson Of(StoredEvent stored)
    {
        var bytes = stored.Payload.Bytes;
        var isJson = stored.Unreadable is null && JsonCheck.FindFault(bytes) is null;
        return new EventJson(
            isJson ? JsonElement.Parse(bytes) : null,
            isJson || stored.Unreadable is not null ? null : bytes,
            stored.Digest.ToString(),
            [.. stored.Holders.Select(static p => p.Value)],
            stored.Unreadable?.Fault,
            stored.Unreadable?.EncryptionKeyId,
            stored.Topic?.Value);
    }
}

/// <summary>Writes what was found under a key.</summary>
internal static class ReadOutput
{
    /// <summary>Writes it for a machine or for people.</summary>
    public static void Write(Terminal terminal, EventReadResult result, bool json, bool isRaw)
    {
        if (json)
        {
            terminal.WriteJson(ReadJson.Of(result));
        }

        if (result.Events.IsEmpty)
        {
            terminal.Say($"No event under {result.Key} on any peer that answered. {Certainty(result)}");
            return;
        }

        if (result.Events.Length > 1)
        {
            terminal.Say(
                $"Conflict: {result.Events.Length} different events were put under {result.Key}. All are kept, none is preferred.");
        }

        WriteEvents(terminal, result, json, isRaw);
        if (!result.Silent.IsEmpty)
        {
            terminal.Say($"No answer from {string.Join(", ", result.Silent)}: whether another event stands under the key there is not known.");
        }
    }

    private static void WriteEvents(Terminal terminal, EventReadResult result, bool json, bool isRaw)
    {
        foreach (var (index, stored) in result.Events.Index())
        {
            var holders = string.Join(", ", stored.Holders);
            terminal.Say($"Event {index + 1} of {result.Events.Length}, digest {stored.Digest}, held by {holders}.");
            if (stored.Unreadable is { } unreadable)
            {
                terminal.Say($"Its payload cannot be read: {unreadable.Reason}");
            }
            else if (!json)
            {
                terminal.WriteBytes(stored.Payload.Bytes, isRaw);
            }
        }
    }

    private static string Certainty(EventReadResult result) =>
        !result.Silent.IsEmpty ? $"No answer from {string.Join(", ", result.Silent)}: it may be there. Start them, or ask again."
        : result.Doubt is { } doubt ? $"{doubt} Ask again."
        : "All registered peers answered.";
}
