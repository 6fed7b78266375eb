using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AllData.Security;

/// <summary>
/// Which certificates are trusted, of servers and of clients alike: those of the authorities that were named, and those whose thumbprints were. The
/// machine's own authorities are not asked: they sign for every buyer.
/// </summary>
/// <param name="authorities">The authorities.</param>
/// <param name="thumbprints">SHA-256 thumbprints, upper case.</param>
/// <param name="time">The clock that expiry is seen by.</param>
internal sealed class CertificateTrust(X509Certificate2Collection authorities, IReadOnlySet<string> thumbprints, TimeProvider time)
{
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Why a caller is refused: the end of a sentence; null when it is trusted.</summary>
    public string? WhyRefusedAsClient(X509Certificate? shown, X509Chain? sent) => WhyRefused(shown, sent, ClientUse);

    /// <summary>Why a server is refused; null when it is trusted.</summary>
    /// <param name="shown">Its certificate.</param>
    /// <param name="sent">What it has sent with it.</param>
    /// <param name="isOtherName">Whether the certificate is for another host. One that was named by its thumbprint is trusted under any name.</param>
    public string? WhyRefusedAsServer(X509Certificate? shown, X509Chain? sent, bool isOtherName) =>
        WhyRefused(shown, sent, ServerUse) is { } reason ? reason
        : isOtherName && !(shown is X509Certificate2 named && IsNamed(named)) ? $"certificate {Describe(shown)} is for another host"
        : null;

    /// <summary>Why a server is refused whose certificate must have a name of a pattern; null when it is trusted.</summary>
    /// <param name="shown">Its certificate.</param>
    /// <param name="sent">What it has sent with it.</param>
    /// <param name="names">A DNS name, or <c>*.</c> and what follows one label.</param>
    public string? WhyRefusedAsServerNamed(X509Certificate? shown, X509Chain? sent, string names) =>
        WhyRefused(shown, sent, ServerUse) ?? WhyMisnamed(shown, names);

    /// <summary>Why a caller is refused whose certificate must have a name of a pattern; null when it is trusted.</summary>
    /// <param name="shown">Its certificate.</param>
    /// <param name="sent">What it has sent with it.</param>
    /// <param name="names">A DNS name, or <c>*.</c> and what follows one label.</param>
    public string? WhyRefusedAsClientNamed(X509Certificate? shown, X509Chain? sent, string names) =>
        WhyRefused(shown, sent, ClientUse) ?? WhyMisnamed(shown, names);

    /// <summary>A certificate as a log names it.</summary>
    public static string Describe(X509Certificate? certificate) => certificate is null
        ? "none"
        : $"'{certificate.Subject}' ({certificate.GetCertHashString(HashAlgorithmName.SHA256)[..16]}…)";

    private string? WhyRefused(X509Certificate? shown, X509Chain? sent, Oid use)
    {
        try
        {
            return shown is X509Certificate2 certificate ? WhyRefused(certificate, sent, use) : "it shows no certificate";
        }
        catch (CryptographicException e)
        {
            // A caller can show any bytes.
            return $"its certificate cannot be read: {e.Message}";
        }
    }

    private string? WhyRefused(X509Certificate2 certificate, X509Chain? sent, Oid use)
    {
        var now = time.GetUtcNow();
        if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
        {
            return $"certificate {Describe(certificate)} is valid from {certificate.NotBefore.ToUniversalTime():u} to "
                + $"{certificate.NotAfter.ToUniversalTime():u}";
        }

        return IsNamed(certificate) || IsSigned(certificate, sent, use, now)
            ? null
            : $"certificate {Describe(certificate)} is neither of a trusted authority, for this use, nor trusted itself";
    }

    private static string? WhyMisnamed(X509Certificate? shown, string names) =>
        shown is X509Certificate2 certificate && DnsNames(certificate).Any(name => Matches(name, names))
            ? null
            : $"certificate {Describe(shown)} has no name of {names}";

    private static IEnumerable<string> DnsNames(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static extension => extension.EnumerateDnsNames());

    // One label for the star, as in RFC 6125.
    private static bool Matches(string name, string pattern) => pattern.StartsWith("*.", StringComparison.Ordinal)
        ? name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && name.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)
        : name.Equals(pattern, StringComparison.OrdinalIgnoreCase);

    private bool IsNamed(X509Certificate2 certificate) => thumbprints.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256));

    private bool IsSigned(X509Certificate2 certificate, X509Chain? sent, Oid use, DateTimeOffset now)
    {
        if (authorities.Count == 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(use);
        foreach (var element in sent?.ChainElements.Skip(1) ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        try
        {
            return chain.Build(certificate);
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }
}
