using AllData.Certificates;
using AllData.Client.Connection;

namespace AllData.Client.Export;

/// <summary>The file of a certificate and its proof, in the same directory as the files of its events.</summary>
internal static class CertificateFile
{
    /// <summary>Its name. Programs that read a whole directory of data leave out names that begin with an underscore.</summary>
    public const string Name = "_certificate.txt";

    /// <summary>Writes it to a directory and flushes it to disk.</summary>
    public static void Write(string directory, CertificateProof proof)
    {
        using var file = new FileStream(Path.Combine(directory, Name), FileMode.CreateNew, FileAccess.Write);
        file.Write(StrictText.Encode(proof.Text, "a certificate"));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    /// <exception cref="CertificateFormatException">It is no certificate with its proof.</exception>
    public static CertificateProof Read(string path)
    {
        try
        {
            return CertificateProof.Parse(StrictText.Decode(File.ReadAllBytes(path), "a certificate with its proof"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {e.Message} alldata verify --interval --certificate writes one.");
        }
    }
}
