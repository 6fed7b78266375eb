using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>A federation document as JSON: camelCase, no comments, no member that is not known and none twice.</summary>
public static class FederationJson
{
    private static readonly string TooLarge =
        $"The document is larger than {FederationDocument.MaxBytes} bytes. Name certificate authorities by authorityFile.";

    private static readonly JsonDocumentOptions Strict = new() { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 8 };

    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a document and checks all of it.</summary>
    /// <param name="json">The document, UTF-8, with a byte order mark or without.</param>
    /// <exception cref="FederationException">It cannot be used; all that is wrong with it is said at once.</exception>
    public static FederationDocument Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > FederationDocument.MaxBytes)
        {
            throw new FederationException([TooLarge]);
        }

        var faults = new List<string>();
        var document = Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json, faults);
        if (document is not null)
        {
            faults.AddRange(FederationRules.FaultsOf(document));
        }

        return faults.Count == 0 ? document! : throw new FederationException(faults);
    }

    /// <summary>Writes a document; equal documents have equal bytes.</summary>
    public static byte[] Write(FederationDocument document)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            Write(writer, document);
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static FederationDocument? Parse(ReadOnlyMemory<byte> json, List<string> faults)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json, Strict);
            return FederationReader.Read(parsed.RootElement, faults);
        }
        catch (JsonException e)
        {
            faults.Add($"The document is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}), or has comments or is too deep.");
            return null;
        }
        catch (InvalidOperationException)
        {
            faults.Add("The document has a text that is not UTF-8, or half of a surrogate pair.");
            return null;
        }
    }

    private static void Write(Utf8JsonWriter writer, FederationDocument document)
    {
        writer.WriteStartObject();
        writer.WriteString("store", document.Store);
        WriteList(writer, "aliases", document.Aliases, static (w, alias) => w.WriteStringValue(alias));
        writer.WriteNumber("version", document.Version);
        writer.WriteString("intervalLength", document.IntervalLength.ToString("c", CultureInfo.InvariantCulture));
        WriteList(writer, "clusters", document.Clusters, Write);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FederationCluster cluster)
    {
        writer.WriteStartObject();
        writer.WriteNumber("number", cluster.Number);
        writer.WriteString("name", cluster.Name);
        WriteList(writer, "regions", cluster.Regions, static (w, region) => w.WriteStringValue(region));
        WriteList(writer, "dropped", cluster.Dropped, Write);
        WriteList(writer, "peers", cluster.Peers, static (w, peer) => w.WriteStringValue(peer));
        WriteList(writer, "ordinals", cluster.Ordinals, Write);
        WriteIfAny(writer, "authority", cluster.Authority);
        WriteIfAny(writer, "authorityFile", cluster.AuthorityFile);
        WriteList(writer, "thumbprints", cluster.Thumbprints, static (w, thumbprint) => w.WriteStringValue(thumbprint));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, DroppedRegion dropped)
    {
        writer.WriteStartObject();
        writer.WriteString("region", dropped.Region);
        writer.WriteString("at", dropped.At.UtcDateTime.ToString(DroppedRegion.TimeFormat, CultureInfo.InvariantCulture));
        writer.WriteNumber("blocks", dropped.Blocks);
        writer.WriteNumber("events", dropped.Events);
        WriteList(writer, "unknown", dropped.Unknown, static (w, reason) => w.WriteStringValue(reason));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, OrdinalRange range)
    {
        writer.WriteStartObject();
        writer.WriteNumber("first", range.First);
        writer.WriteNumber("last", range.Last);
        writer.WriteEndObject();
    }

    private static void WriteIfAny(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, IReadOnlyCollection<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            write(writer, item);
        }

        writer.WriteEndArray();
    }
}
