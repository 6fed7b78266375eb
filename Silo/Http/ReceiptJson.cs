using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using AllData.Replication;

namespace AllData.Http;

/// <summary>
/// A receipt as HTTP shows it. It is the answer to every put, so it is written straight away, with what a thread has for it, and not built as a
/// document first.
/// </summary>
internal sealed class ReceiptJson
{
    private static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText Outcome = JsonEncodedText.Encode("outcome");
    private static readonly JsonEncodedText Replicas = JsonEncodedText.Encode("replicas");
    private static readonly JsonEncodedText Pending = JsonEncodedText.Encode("pending");
    private static readonly JsonEncodedText Level = JsonEncodedText.Encode("level");
    private static readonly JsonEncodedText AdherenceName = JsonEncodedText.Encode("adherence");
    private static readonly JsonEncodedText Peer = JsonEncodedText.Encode("peer");
    private static readonly JsonEncodedText Region = JsonEncodedText.Encode("region");
    private static readonly JsonEncodedText Zone = JsonEncodedText.Encode("zone");

    [ThreadStatic]
    private static ReceiptJson? OfThread;

    private readonly ArrayBufferWriter<byte> _bytes = new(1_024);
    private readonly Utf8JsonWriter _json;

    private ReceiptJson() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = Documents.Encoder });

    /// <summary>Writes a receipt as the whole answer; the server sends it together with the head.</summary>
    public static void Write(HttpContext context, int status, PutReceipt receipt)
    {
        var key = receipt.Key.ToString();
        var bytes = (OfThread ??= new ReceiptJson()).Render(receipt, key);
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.Location = "/events/" + key;
        response.ContentType = Documents.Json;
        response.ContentLength = bytes.Length;
        response.BodyWriter.Write(bytes);
    }

    private ReadOnlySpan<byte> Render(PutReceipt receipt, string key)
    {
        _bytes.ResetWrittenCount();
        _json.Reset(_bytes);
        _json.WriteStartObject();
        _json.WriteString(Key, key);
        _json.WriteString(Outcome, Named(receipt.Outcome));
        WriteReplicas(Replicas, receipt.Replicas);
        WriteReplicas(Pending, receipt.Pending);
        _json.WriteString(Level, Named(receipt.Level));
        _json.WriteString(AdherenceName, Named(receipt.Adherence));
        _json.WriteEndObject();
        _json.Flush();
        return _bytes.WrittenSpan;
    }

    private static JsonEncodedText Named<T>(T value) where T : struct, Enum => EnumNames<T>.Of(value);

    private void WriteReplicas(JsonEncodedText name, ImmutableArray<Replica> replicas)
    {
        _json.WriteStartArray(name);
        foreach (var replica in replicas.IsDefault ? [] : replicas)
        {
            _json.WriteStartObject();
            _json.WriteString(Peer, replica.Peer.Value);
            _json.WriteString(Region, replica.Location.Region);
            _json.WriteString(Zone, replica.Location.Zone);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    /// <summary>The values of an enumeration as documents show them.</summary>
    private static class EnumNames<T> where T : struct, Enum
    {
        private static readonly Dictionary<T, JsonEncodedText> Names = Enum.GetValues<T>()
            .ToDictionary(value => value, value => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(value.ToString())));

        public static JsonEncodedText Of(T value) => Names[value];
    }
}
