using System.Text.Json;
using AllData.Protocol.Links;

namespace AllData.Storage.Directories;

/// <summary>Another cluster's word that the directory's own cluster was dropped from the store.</summary>
internal static class ClusterDropFile
{
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Reads the file; null if it does not exist.</summary>
    /// <exception cref="FormatException">It is damaged or of an unknown version; the message says which.</exception>
    public static ClusterDrop? Read(string path) => VersionedJson.Read<Content>(path, FormatVersion, Json) switch
    {
        null => null,
        { Sentence: { } sentence } content => new ClusterDrop(sentence, content.DocumentVersion),
        _ => throw new FormatException("it has no sentence"),
    };

    /// <summary>Replaces the file atomically.</summary>
    public static void Write(string path, ClusterDrop drop) =>
        VersionedJson.Write(path, new Content(FormatVersion, drop.Sentence, drop.DocumentVersion), Json);

    private sealed record Content(int FormatVersion, string? Sentence, int DocumentVersion) : IVersionedContent;
}
