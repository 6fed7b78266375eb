using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Peers;

namespace AllData.Replication;

/// <summary>Writes a replica as <c>{"peer":…,"region":…,"zone":…}</c>.</summary>
public sealed class ReplicaJsonConverter : JsonConverter<Replica>
{
    private static readonly JsonEncodedText Peer = JsonEncodedText.Encode("peer");
    private static readonly JsonEncodedText Region = JsonEncodedText.Encode("region");
    private static readonly JsonEncodedText Zone = JsonEncodedText.Encode("zone");

    /// <inheritdoc/>
    public override Replica Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Read(document.RootElement);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Replica value, JsonSerializerOptions options) => Write(writer, value);

    internal static Replica Read(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && PeerId.TryParse(TextOf(element, Peer), out var peer)
            ? new Replica(peer, new PeerLocation(TextOf(element, Region) ?? "", TextOf(element, Zone) ?? ""))
            : throw new JsonException("A replica is an object with the names of a peer, a region and a zone.");

    internal static void Write(Utf8JsonWriter writer, Replica value)
    {
        writer.WriteStartObject();
        writer.WriteString(Peer, value.Peer.Value);
        writer.WriteString(Region, value.Location.Region);
        writer.WriteString(Zone, value.Location.Zone);
        writer.WriteEndObject();
    }

    private static string? TextOf(JsonElement element, JsonEncodedText name) =>
        element.TryGetProperty(name.EncodedUtf8Bytes, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
