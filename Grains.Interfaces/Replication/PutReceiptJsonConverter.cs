using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Events;

namespace AllData.Replication;

/// <summary>Writes a receipt as HTTP answers a put with it, whatever the options; it is what the silo's own answers are written with.</summary>
public sealed class PutReceiptJsonConverter : JsonConverter<PutReceipt>
{
    private static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText Outcome = JsonEncodedText.Encode("outcome");
    private static readonly JsonEncodedText Replicas = JsonEncodedText.Encode("replicas");
    private static readonly JsonEncodedText Pending = JsonEncodedText.Encode("pending");
    private static readonly JsonEncodedText Level = JsonEncodedText.Encode("level");
    private static readonly JsonEncodedText TopicName = JsonEncodedText.Encode("topic");
    private static readonly JsonEncodedText AdherenceName = JsonEncodedText.Encode("adherence");

    /// <inheritdoc/>
    public override PutReceipt Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var receipt = document.RootElement;
        return receipt.ValueKind == JsonValueKind.Object && EventKey.TryParse(MemberOf(receipt, Key).GetString(), out var key)
            ? new PutReceipt(
                key, EnumNames<PutOutcome>.Parse(MemberOf(receipt, Outcome)), ReplicasOf(receipt, Replicas),
                    EnumNames<CommitLevel>.Parse(MemberOf(receipt, Level)),
                EnumNames<Adherence>.Parse(MemberOf(receipt, AdherenceName)))
            {
                Pending = ReplicasOf(receipt, Pending),
                Regions = RegionCoverageJson.Read(receipt),
                Topic = TopicOf(receipt),
            }
            : throw new JsonException("A receipt is an object with a key of 27 characters.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, PutReceipt value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString(Key, value.Key.ToString());
        writer.WriteString(Outcome, EnumNames<PutOutcome>.Of(value.Outcome));
        Write(writer, Replicas, value.Replicas);
        Write(writer, Pending, value.Pending);
        writer.WriteString(Level, EnumNames<CommitLevel>.Of(value.Level));
        writer.WriteString(AdherenceName, EnumNames<Adherence>.Of(value.Adherence));
        RegionCoverageJson.Write(writer, value.Regions);
        if (value.Topic is { } topic)
        {
            writer.WriteString(TopicName, topic.Value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, JsonEncodedText name, ImmutableArray<Replica> replicas)
    {
        writer.WriteStartArray(name);
        foreach (var replica in replicas.IsDefault ? [] : replicas)
        {
            ReplicaJsonConverter.Write(writer, replica);
        }

        writer.WriteEndArray();
    }

    private static JsonElement MemberOf(JsonElement receipt, JsonEncodedText name) =>
        receipt.TryGetProperty(name.EncodedUtf8Bytes, out var member) && member.ValueKind is JsonValueKind.String or JsonValueKind.Array
            ? member
            : throw new JsonException($"A receipt has a member '{name}'.");

    private static Topic? TopicOf(JsonElement receipt) => !receipt.TryGetProperty(TopicName.EncodedUtf8Bytes, out var member) ? null
        : member.ValueKind == JsonValueKind.String && Topic.TryParse(member.GetString(), out var topic) ? topic
        : throw new JsonException("'topic' of a receipt is a topic.");

    private static ImmutableArray<Replica> ReplicasOf(JsonElement receipt, JsonEncodedText name) => MemberOf(receipt,
        name) is { ValueKind: JsonValueKind.Array } replicas
        ? [.. replicas.EnumerateArray().Select(ReplicaJsonConverter.Read)]
        : throw new JsonException($"'{name}' of a receipt is an array.");

    /// <summary>The values of an enumeration as documents show them.</summary>
    private static class EnumNames<T>
        where T : struct, Enum
    {
        private static readonly Dictionary<T, JsonEncodedText> Names = Enum.GetValues<T>()
            .ToDictionary(value => value, value => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(value.ToString())));

        public static JsonEncodedText Of(T value) => Names[value];

        public static T Parse(JsonElement name) => name.ValueKind == JsonValueKind.String && Names.Any(n => name.ValueEquals(n.Value.EncodedUtf8Bytes))
            ? Names.First(n => name.ValueEquals(n.Value.EncodedUtf8Bytes)).Key
            : throw new JsonException($"'{name}' is no {typeof(T).Name}: {string.Join(", ", Names.Values)} are.");
    }
}
