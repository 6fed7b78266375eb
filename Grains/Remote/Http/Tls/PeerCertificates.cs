using System.Net.Security;
using AllData.Configuration;
using AllData.Security;

namespace AllData.Remote.Http.Tls;

/// <summary>What this silo identifies itself with to other clusters, and which certificates it trusts.</summary>
/// <param name="Own">Its certificate, with those between it and its authority.</param>
/// <param name="Trust">Which certificates it trusts.</param>
internal sealed record PeerCertificates(SslStreamCertificateContext Own, CertificateTrust Trust)
{
    private const int ThumbprintLength = 64;

    /// <summary>Loads what the options name; null when they name nothing.</summary>
    /// <exception cref="FormatException">Something of it cannot be used; the sentence names the option.</exception>
    public static PeerCertificates? Load(PeerHttpOptions options, TimeProvider time)
    {
        const string section = PeerHttpOptions.Section;
        if (options.CertificateFile.Length == 0)
        {
            return null;
        }

        var own = CertificateFiles.ReadContext($"{section}:CertificateFile", options.CertificateFile, options.KeyFile, options.CertificatePassword);
        var authorities = options.TrustedCaFile.Length == 0 ? [] : CertificateFiles.ReadAuthorities($"{section}:TrustedCaFile", options.TrustedCaFile);
        return new PeerCertificates(own, new CertificateTrust(authorities, Thumbprints(options.TrustedThumbprints), time));
    }

    /// <summary>The same, read again when a file has changed; null when the options name nothing.</summary>
    /// <exception cref="FormatException">Something of it cannot be used.</exception>
    public static Rotating<PeerCertificates>? LoadRotating(PeerHttpOptions options, TimeProvider time, Action<string> onFault) =>
        options.CertificateFile.Length == 0
            ? null
            : new Rotating<PeerCertificates>(() => Load(options, time)!, [options.CertificateFile, options.KeyFile, options.TrustedCaFile], time, onFault);

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
}
