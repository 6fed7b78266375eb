using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AllData.Configuration;

namespace AllData.Remote.Http.Tls;

/// <summary>What this silo identifies itself with, and which certificates it trusts.</summary>
/// <param name="Own">Its certificate, with those between it and its authority.</param>
/// <param name="Trust">Which certificates it trusts.</param>
internal sealed record PeerCertificates(SslStreamCertificateContext Own, PeerTrust Trust)
{
    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
    private const int ThumbprintLength = 64;

    /// <summary>Loads what the options name; null when they name nothing.</summary>
    /// <exception cref="FormatException">Something of it cannot be used; the sentence names the option.</exception>
    public static PeerCertificates? Load(PeerHttpOptions options, TimeProvider time)
    {
        if (options.CertificateFile.Length == 0)
        {
            return null;
        }

        var own = Read($"{PeerHttpOptions.Section}:CertificateFile", options.CertificateFile, () => LoadOwn(options));
        var authorities = options.TrustedCaFile.Length == 0
            ? []
            : Read($"{PeerHttpOptions.Section}:TrustedCaFile", options.TrustedCaFile, () => LoadAuthorities(options.TrustedCaFile));
        return new PeerCertificates(own, new PeerTrust(authorities, Thumbprints(options.TrustedThumbprints), time));
    }

    /// <summary>Reads thumbprints.</summary>
    /// <exception cref="FormatException">One of them is none.</exception>
    public static IReadOnlySet<string> Thumbprints(string text) => text
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(static one => one.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant())
        .Select(static one => one.Length == ThumbprintLength && one.All(char.IsAsciiHexDigitUpper)
            ? one
            : throw new FormatException($"{PeerHttpOptions.Section}:TrustedThumbprints has '{one}', which is no SHA-256 thumbprint: {ThumbprintLength} "
                + "hexadecimal digits are, with commas between them."))
        .ToHashSet(StringComparer.Ordinal);

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

    private static SslStreamCertificateContext LoadOwn(PeerHttpOptions options)
    {
        var isPfx = Path.GetExtension(options.CertificateFile).ToUpperInvariant() is ".PFX" or ".P12";
        var keyFile = isPfx || options.KeyFile.Length == 0 ? options.CertificateFile : options.KeyFile;
        RefuseReadable(keyFile);
        var all = new X509Certificate2Collection();
        if (isPfx)
        {
            all.AddRange(X509CertificateLoader.LoadPkcs12CollectionFromFile(options.CertificateFile, options.CertificatePassword));
        }
        else
        {
            all.Add(WithUsableKey(X509Certificate2.CreateFromPemFile(options.CertificateFile, keyFile)));
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(options.CertificateFile);
            all.AddRange(chain.Skip(1).ToArray());
        }

        var own = all.FirstOrDefault(static c => c.HasPrivateKey) ?? throw new CryptographicException("it has no certificate with a private key.");
        all.Remove(own);
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    // Windows cannot use a key that was only ever in memory.
    private static X509Certificate2 WithUsableKey(X509Certificate2 certificate) => OperatingSystem.IsWindows()
        ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null)
        : certificate;

    private static X509Certificate2Collection LoadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("no PEM certificate is in it.");
    }

    private static void RefuseReadable(string file)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & OfOthers) != 0)
        {
            throw new CryptographicException($"others may read or change the key in {file}: chmod 600 '{file}'.");
        }
    }
}
