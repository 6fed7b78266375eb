using System.Buffers;
using System.Text.Json;

namespace AllData.Remote.Http.Messages;

/// <summary>A refusal as problem details (RFC 9457) with what the exception of the same kind carries.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Detail">A sentence.</param>
internal sealed record PeerProblem(PeerProblemKind Kind, string Detail)
{
    private const string TypePrefix = "urn:alldata:problem:";

    /// <summary>When to try again; null where that is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many are answered at once.</summary>
    public int Limit { get; init; }

    /// <summary>How many were asked for.</summary>
    public int Count { get; init; }

    /// <summary>The store that was meant.</summary>
    public Guid Expected { get; init; }

    /// <summary>The store that was met.</summary>
    public Guid Actual { get; init; }

    /// <summary>The version of the federation document by which the asking cluster is dropped.</summary>
    public int DocumentVersion { get; init; }

    /// <summary>The JSON of the answer.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("type", TypePrefix + Kind.Name);
        json.WriteString("title", Kind.Title);
        json.WriteNumber("status", Kind.Status);
        json.WriteString("detail", Detail);
        if (RetryAfter is { } retry)
        {
            json.WriteNumber("retryAfterMilliseconds", (long)Math.Clamp(retry.TotalMilliseconds, 0, int.MaxValue));
        }

        if (Kind == PeerProblemKind.QuestionTooLarge)
        {
            json.WriteNumber("limit", Limit);
            json.WriteNumber("count", Count);
        }

        if (Kind == PeerProblemKind.OtherStore)
        {
            json.WriteString("expected", Expected);
            json.WriteString("actual", Actual);
        }

        if (Kind == PeerProblemKind.ClusterDropped)
        {
            json.WriteNumber("documentVersion", DocumentVersion);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an answer that is no success; null when it is not one of this protocol, from something in between.</summary>
    public static PeerProblem? TryRead(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && KindOf(TextOf(root, "type")) is { } kind
                ? Read(kind, root)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second: a text that is no UTF-8 is found when it is read.
            return null;
        }
    }

    private static PeerProblem Read(PeerProblemKind kind, JsonElement root) => new(kind, FailureText.SentenceOf(TextOf(root, "detail") ?? kind.Title))
    {
        RetryAfter = NumberOf(root, "retryAfterMilliseconds") is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        Limit = NumberOf(root, "limit") ?? 0,
        Count = NumberOf(root, "count") ?? 0,
        Expected = GuidOf(root, "expected"),
        Actual = GuidOf(root, "actual"),
        DocumentVersion = NumberOf(root, "documentVersion") ?? 0,
    };

    private static PeerProblemKind? KindOf(string? type) =>
        PeerProblemKind.All.FirstOrDefault(kind => type is not null && type.Length == TypePrefix.Length + kind.Name.Length
            && type.StartsWith(TypePrefix, StringComparison.Ordinal) && type.EndsWith(kind.Name, StringComparison.Ordinal));

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static int? NumberOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) && number >= 0
            ? number
            : null;

    private static Guid GuidOf(JsonElement root, string name) => Guid.TryParse(TextOf(root, name), out var id) ? id : Guid.Empty;
}
