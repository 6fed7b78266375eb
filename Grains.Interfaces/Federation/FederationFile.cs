namespace AllData.Federation;

/// <summary>Reads federation documents from files.</summary>
public static class FederationFile
{
    /// <summary>Reads the document of a file and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FederationException">It cannot be read, or the document cannot be used; each sentence is about this file.</exception>
    public static FederationDocument Read(string path)
    {
        try
        {
            return FederationJson.Read(ReadBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FederationException([$"{path} cannot be read: {e.Message}"]);
        }
    }

    // Bounded whatever the file says of its length: it may be a pipe, or grow.
    private static byte[] ReadBytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var bytes = new byte[FederationDocument.MaxBytes + 1];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..read];
    }
}
