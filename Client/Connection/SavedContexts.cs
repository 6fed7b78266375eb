using System.Text.Json;

namespace AllData.Client.Connection;

/// <summary>A cluster that a user has given a name.</summary>
/// <param name="Gateways">Its gateways, <c>HOST:PORT</c>.</param>
/// <param name="ClusterId">Orleans' cluster id.</param>
/// <param name="ServiceId">Orleans' service id.</param>
/// <param name="Certificate">File of the certificate that commands show; null if they show none.</param>
/// <param name="Key">File of its key; null when it is in the file of the certificate.</param>
/// <param name="Authorities">File of the authorities whose silos are trusted; null if there is no certificate.</param>
internal sealed record SavedContext(
    IReadOnlyList<string> Gateways, string ClusterId, string ServiceId, string? Certificate = null, string? Key = null, string? Authorities = null);

/// <summary>A user's contexts, in the file <c>contexts.json</c> of the configuration directory.</summary>
internal sealed record SavedContexts
{
    /// <summary>Contexts that are kept, at most.</summary>
    public const int MaxContexts = 100;

    private const long MaxFileBytes = 1024 * 1024;

    private static readonly JsonSerializerOptions Shape = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The context that commands use; null: none.</summary>
    public string? Used { get; init; }

    /// <summary>All, by name.</summary>
    public SortedDictionary<string, SavedContext> Contexts { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Reads them; none where there is no file.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static SavedContexts Read(ClientSurroundings surroundings)
    {
        var path = PathOf(surroundings);
        try
        {
            return path is null || !File.Exists(path) ? new() : Parse(path);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The contexts in {path} cannot be read: {FailureText.SentenceOf(e)} Repair or remove that file, or name a gateway "
                + "with --gateway.");
        }
    }

    /// <summary>Saves them: the file has its old or its new content, never half of it.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public void Write(ClientSurroundings surroundings)
    {
        var path = PathOf(surroundings) ?? throw new UsageException("There is no configuration directory to keep contexts in. Set XDG_CONFIG_HOME, or HOME.");
        try
        {
            Directory.CreateDirectory(surroundings.ConfigDirectory);
            var written = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllBytes(written, JsonSerializer.SerializeToUtf8Bytes(this, Shape));
            File.Move(written, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The contexts cannot be kept in {path}: {FailureText.SentenceOf(e)}");
        }
    }

    private static SavedContexts Parse(string path)
    {
        using var file = File.OpenRead(path);
        return file.Length > MaxFileBytes
            ? throw new IOException($"It has more than {MaxFileBytes} bytes.")
            : JsonSerializer.Deserialize<SavedContexts>(file, Shape) ?? throw new JsonException("It is empty.");
    }

    private static string? PathOf(ClientSurroundings surroundings) =>
        surroundings.ConfigDirectory.Length == 0 ? null : Path.Combine(surroundings.ConfigDirectory, "contexts.json");
}
