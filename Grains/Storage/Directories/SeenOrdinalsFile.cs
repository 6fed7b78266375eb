using System.Text.Json;
using AllData.Federation;

namespace AllData.Storage.Directories;

/// <summary>The ordinals that a directory has seen given, beside the topology, which forgets with its registry.</summary>
internal static class SeenOrdinalsFile
{
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Reads the file; none where there is no file.</summary>
    /// <exception cref="FormatException">It is damaged or of an unknown version; the message says which.</exception>
    public static SeenOrdinals Read(string path) =>
        VersionedJson.Read<Content>(path, FormatVersion, Json) is not { } content ? SeenOrdinals.None
        : SeenOrdinals.TryParse(content.Seen, out var seen) ? seen
        : throw new FormatException("what it has are no ordinals");

    /// <summary>Replaces the file atomically.</summary>
    public static void Write(string path, SeenOrdinals seen) =>
        VersionedJson.Write(path, new Content(FormatVersion, seen.ToString()), Json);

    private sealed record Content(int FormatVersion, string? Seen) : IVersionedContent;
}
