using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Replication;

namespace AllData.Silo.Http;

/// <summary>A replica as HTTP shows it.</summary>
internal sealed record ReplicaDocument(string Peer, string Region, string Zone)
{
    public static ImmutableArray<ReplicaDocument> From(ImmutableArray<Replica> replicas) => replicas.IsDefaultOrEmpty
        ? []
        : [.. replicas.Select(r => new ReplicaDocument(r.Peer.Value, r.Location.Region, r.Location.Zone))];
}

/// <summary>One of several events stored under one key, as HTTP shows it.</summary>
/// <param name="Digest">32 hexadecimal digits.</param>
/// <param name="Holders">The peers that answered with it.</param>
/// <param name="PayloadBase64">Its bytes.</param>
/// <param name="Unreadable">Why they cannot be read, and are empty; otherwise left out.</param>
/// <param name="Topic">Its topic; left out where it has none.</param>
internal sealed record ConflictingDocument(
    string Digest, ImmutableArray<string> Holders, byte[] PayloadBase64,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PayloadFault? Unreadable,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Topic);

/// <summary>How documents are written.</summary>
internal static class Documents
{
    /// <summary>The media type of what is not a problem.</summary>
    public const string Json = "application/json";

    /// <summary>Escapes what JSON must escape.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>camelCase names, also of enum values.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        // For people: quotes and letters stay unescaped. No page is made of them, and browsers must not guess one ("nosniff").
        Encoder = Encoder,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Makes browsers believe the media type: an event stored by one user must not become a page of another.</summary>
    public static void DoNotGuess(HttpResponse response) => response.Headers.XContentTypeOptions = "nosniff";

    /// <summary>Writes a document as the whole answer, with its length, so that the simplest client can read it.</summary>
    public static Task WriteAsync<T>(HttpContext context, int status, string mediaType, T document)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(document, Options);
        context.Response.StatusCode = status;
        DoNotGuess(context.Response);
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}
