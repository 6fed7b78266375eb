using System.Buffers;
using System.Text.Json;
using AllData.Events;

namespace AllData.Client.Put;

/// <summary>
/// A line that carries its key: <c>{"key":"…","event":…}</c>, or <c>"base64":"…"</c> for bytes that are not JSON, as a scan or a tail writes them and a load
/// keeps what may be stored.
/// </summary>
internal static class KeyedLine
{
    private const string Shape = "With --keyed a line is {\"key\":\"…\",\"event\":…}, as a scan or --unknown writes it";

    private static ReadOnlySpan<byte> KeyName => "key"u8;

    private static ReadOnlySpan<byte> EventName => "event"u8;

    private static ReadOnlySpan<byte> Base64Name => "base64"u8;

    private static ReadOnlySpan<byte> TopicName => "topic"u8;

    private static ReadOnlySpan<byte> ConflictName => "conflict"u8;

    private static ReadOnlySpan<byte> LateName => "late"u8;

    private static ReadOnlySpan<byte> PositionName => "position"u8;

    /// <summary>Takes a line apart.</summary>
    /// <param name="line">The line.</param>
    /// <param name="topic">The topic that the lines are put with: one that names another topic is refused, because it would become another event.</param>
    /// <param name="keyed">The line with its key and its event; the line itself stays what it was.</param>
    /// <returns>Null, or a sentence that says what is wrong.</returns>
    public static string? Parse(EventLine line, Topic? topic, out EventLine keyed)
    {
        keyed = line;
        if (JsonCheck.FindFault(line.Bytes) is { } fault)
        {
            return fault;
        }

        var reader = new Utf8JsonReader(line.Bytes);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return $"{Shape}; this one is not an object.";
        }

        return ReadMembers(ref reader, line, topic, ref keyed);
    }

    /// <summary>Writes an event with its key as such a line, its end included.</summary>
    public static byte[] Write(EventKey key, ReadOnlySpan<byte> payload)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("{\"key\":\""u8);
        bytes.Write(System.Text.Encoding.ASCII.GetBytes(key.ToString()));
        if (JsonCheck.FindFault(payload) is null)
        {
            bytes.Write("\",\"event\":"u8);
            bytes.Write(payload);
            bytes.Write("}\n"u8);
        }
        else
        {
            bytes.Write("\",\"base64\":\""u8);
            bytes.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(payload)));
            bytes.Write("\"}\n"u8);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static string? FaultOfTopic(ref Utf8JsonReader reader, Topic? topic) =>
        reader.TokenType != JsonTokenType.String || !Topic.TryParse(reader.GetString(), out var own) ? $"{Shape}; its topic is not valid."
        : own != topic ? $"The event is of topic {own}: put the events of each topic by themselves, with --topic."
        : null;

    private static string? ReadMembers(ref Utf8JsonReader reader, EventLine line, Topic? topic, ref EventLine keyed)
    {
        EventKey? key = null;
        byte[]? payload = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(KeyName))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || !EventKey.TryParse(reader.GetString(), out var parsed))
                {
                    return $"{Shape}; its key is not valid: 27 characters YYYYMMDDThhmmssfffnnnnnnnnn are expected.";
                }

                key = parsed;
            }
            else if (reader.ValueTextEquals(EventName))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                payload = line.Bytes[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals(Base64Name))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out payload))
                {
                    return $"{Shape}; its base64 is not valid.";
                }
            }
            else if (reader.ValueTextEquals(TopicName))
            {
                reader.Read();
                if (FaultOfTopic(ref reader, topic) is { } fault)
                {
                    return fault;
                }
            }
            else if (reader.ValueTextEquals(ConflictName) || reader.ValueTextEquals(LateName) || reader.ValueTextEquals(PositionName))
            {
                reader.Skip();
            }
            else
            {
                return $"{Shape}; it has a member '{reader.GetString()}', too.";
            }
        }

        if (key is null || payload is null)
        {
            return $"{Shape}; this one has no {(key is null ? "key" : "event")}.";
        }

        keyed = line with { Key = key, Payload = payload };
        return null;
    }
}
