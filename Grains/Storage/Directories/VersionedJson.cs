using System.Text.Json;

namespace AllData.Storage.Directories;

/// <summary>The content of a file that names the version of its format.</summary>
internal interface IVersionedContent
{
    /// <summary>The version of the format.</summary>
    int FormatVersion { get; }
}

/// <summary>Small files of a data directory, as JSON.</summary>
internal static class VersionedJson
{
    /// <summary>Reads a file; null if it does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="known">The version that is understood.</param>
    /// <param name="options">How values are written.</param>
    /// <exception cref="FormatException">It is damaged or of another version; the message says which.</exception>
    public static T? Read<T>(string path, int known, JsonSerializerOptions options)
        where T : class, IVersionedContent
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var content = JsonSerializer.Deserialize<T>(File.ReadAllText(path), options);
            return content?.FormatVersion == known
                ? content
                : throw new FormatException($"it has format version {content?.FormatVersion}, known is {known}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Replaces a file atomically.</summary>
    public static void Write<T>(string path, T content, JsonSerializerOptions options)
        where T : class, IVersionedContent =>
        DurableFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(content, options));
}
