using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AllData.Events;

namespace AllData.Remote.Original;

/// <summary>What an original node sends to a peer: <c>{"key":…,"event":…}</c>, the event any JSON value.</summary>
internal sealed class OriginalEvent
{
    /// <summary>Bytes that a body has besides its event, at most.</summary>
    public const int MaxEnvelopeBytes = 4_096;

    // The object around the event is a level more, and one more tells "too deep" from "not JSON".
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = JsonCheck.MaxDepth + 2 };

    private OriginalEvent(EventKey key, ReadOnlyMemory<byte> payload) => (Key, Payload) = (key, payload);

    /// <summary>The key, as the node made it: no ordinal is in it.</summary>
    public EventKey Key { get; }

    /// <summary>The event, exactly as it was sent.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="found">The event.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryRead(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out OriginalEvent? found, [NotNullWhen(false)] out string? fault)
    {
        found = null;
        try
        {
            var (text, payload) = Take(body);
            if (!EventKey.TryParse(text, out var key))
            {
                fault = "Its \"key\" is not a key: 27 characters YYYYMMDDThhmmssfffnnnnnnnnn, UTC, are expected.";
                return false;
            }

            fault = payload is { } sent ? JsonCheck.FindFault(sent.Span) : "It has no \"event\".";
            found = fault is null ? new OriginalEvent(key, payload!.Value) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            fault = "It is not JSON of the form {\"key\":…,\"event\":…}.";
        }

        return fault is null;
    }

    // The last of two equal names counts, as in JavaScript.
    private static (string? Key, ReadOnlyMemory<byte>? Payload) Take(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span, Strict);
        string? key = null;
        ReadOnlyMemory<byte>? payload = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isKey, isEvent) = (reader.ValueTextEquals("key"u8), reader.ValueTextEquals("event"u8));
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            key = !isKey ? key : reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            reader.Skip();
            payload = isEvent ? body[start..(int)reader.BytesConsumed] : payload;
        }

        // What follows the object would be no JSON.
        reader.Read();
        return (key, payload);
    }
}
