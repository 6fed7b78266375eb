using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AllData.Security;

/// <summary>Reads certificates and their keys from files.</summary>
internal static class CertificateFiles
{
    /// <summary>Reads one's own certificate, its key, and the certificates between it and its authority.</summary>
    /// <param name="option">The option that names the file, for the sentence of a failure.</param>
    /// <param name="file">PEM, or a PFX file, <c>.pfx</c> or <c>.p12</c>, with its key.</param>
    /// <param name="keyFile">The key of a PEM certificate; empty: it is in the file of the certificate.</param>
    /// <param name="password">The password of a PFX file; empty if it has none.</param>
    /// <exception cref="FormatException">It cannot be used.</exception>
    public static (X509Certificate2 Own, X509Certificate2Collection Between) ReadOwn(string option, string file, string keyFile, string password) =>
        Read(option, file, () =>
        {
            var isPfx = Path.GetExtension(file).ToUpperInvariant() is ".PFX" or ".P12";
            var key = isPfx || keyFile.Length == 0 ? file : keyFile;
            PrivateFiles.RefuseReadable(key);
            var all = isPfx ? X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password) : ReadPem(file, key);
            var own = all.FirstOrDefault(static c => c.HasPrivateKey) ?? throw new CryptographicException("it has no certificate with a private key.");
            all.Remove(own);
            return (own, all);
        });

    /// <summary>The same in the form that connections take.</summary>
    /// <exception cref="FormatException">It cannot be used.</exception>
    public static SslStreamCertificateContext ReadContext(string option, string file, string keyFile, string password)
    {
        var (own, between) = ReadOwn(option, file, keyFile, password);
        return SslStreamCertificateContext.Create(own, between, offline: true);
    }

    /// <summary>Reads the authorities of a PEM file.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="FormatException">It cannot be used, or there are none.</exception>
    public static X509Certificate2Collection ReadAuthorities(string option, string file) => Read(option, file, () =>
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("no PEM certificate is in it.");
    });

    private static T Read<T>(string option, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException($"{option} is '{file}', which cannot be used: {e.Message}", e);
        }
    }

    private static X509Certificate2Collection ReadPem(string file, string keyFile)
    {
        var all = new X509Certificate2Collection(WithUsableKey(X509Certificate2.CreateFromPemFile(file, keyFile)));
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(file);
        all.AddRange(chain.Skip(1).ToArray());
        return all;
    }

    // Windows cannot use a key that was only ever in memory.
    private static X509Certificate2 WithUsableKey(X509Certificate2 certificate) => OperatingSystem.IsWindows()
        ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null)
        : certificate;
}
