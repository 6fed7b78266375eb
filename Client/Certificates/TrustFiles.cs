using AllData.Certificates;
using AllData.Client.Connection;

namespace AllData.Client.Certificates;

/// <summary>
/// What a verifier remembers of a log in files of its own: whose signatures count, and the last head that it has seen. Both are written at the first time, as
/// SSH remembers hosts; from then on what the cluster says of its keys does not count.
/// </summary>
internal static class TrustFiles
{
    /// <summary>Reads a list of keys; null where no file is named, or it is not there yet.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static LogTrust? ReadKeys(string? path) => path is not null && File.Exists(path) ? Read(path, LogTrust.Parse) : null;

    /// <summary>Reads a list of keys that must be there.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static LogTrust? ReadExistingKeys(string? path) => path is null ? null : Read(path, LogTrust.Parse);

    /// <summary>Reads a head; null where no file is named, or it is not there yet.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static Checkpoint? ReadHead(string? path) =>
        path is not null && File.Exists(path) ? Read(path, static text => SignedCheckpoint.Parse(text).Head) : null;

    /// <summary>Writes a text in the place of the one that is there, whole or not at all.</summary>
    public static void Write(string path, string text)
    {
        var made = $"{path}.new";
        File.WriteAllText(made, text);
        File.Move(made, path, overwrite: true);
    }

    private static T Read<T>(string path, Func<string, T> parse)
    {
        try
        {
            return parse(StrictText.Decode(File.ReadAllBytes(path), "what was expected"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CertificateFormatException)
        {
            var hint = e is FileNotFoundException ? " 'alldata verify --interval START --keys FILE' writes the peers' keys." : "";
            throw new UsageException($"{path} cannot be read: {e.Message}{hint}");
        }
    }
}
