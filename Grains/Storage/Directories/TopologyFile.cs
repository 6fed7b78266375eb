using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Events;
using AllData.Peers;

namespace AllData.Storage.Directories;

/// <summary>
/// The last topology that a silo knew, as JSON with a digest, so that a silo that starts while the registry is away can go on with it.
/// </summary>
internal static class TopologyFile
{
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = false,
        Converters = { new PeerIdJsonConverter(), new JsonStringEnumConverter<PeerStatus>() },
    };

    /// <summary>Reads the file; null if there is none.</summary>
    /// <exception cref="FormatException">It is damaged or of an unknown version; the message says which.</exception>
    public static TopologySnapshot? Read(string path)
    {
        try
        {
            return VersionedJson.Read<Envelope>(path, FormatVersion, Json) is { } envelope ? Open(envelope) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Replaces the file atomically.</summary>
    public static void Write(string path, TopologySnapshot topology)
    {
        var element = JsonSerializer.SerializeToElement(topology, Json);
        VersionedJson.Write(path, new Envelope(FormatVersion, DigestOf(element), element), Json);
    }

    private static TopologySnapshot Open(Envelope envelope) =>
        envelope.Topology.ValueKind == JsonValueKind.Object && DigestOf(envelope.Topology) == envelope.Digest
            ? envelope.Topology.Deserialize<TopologySnapshot>(Json)!
            : throw new FormatException("its digest does not match its content");

    private static string DigestOf(JsonElement topology) =>
        EventDigest.Of(JsonSerializer.SerializeToUtf8Bytes(topology, Json)).ToString();

    private sealed record Envelope(int FormatVersion, string Digest, JsonElement Topology) : IVersionedContent;

    private sealed class PeerIdJsonConverter : JsonConverter<PeerId>
    {
        public override PeerId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            PeerId.TryParse(reader.GetString(), out var peer) ? peer : throw new JsonException("A peer name was expected.");

        public override void Write(Utf8JsonWriter writer, PeerId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}
