using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AllData.Security;

/// <summary>
/// An authority of a store's own: an ECDSA P-256 key and a certificate that it signs itself (RFC 5280), and certificates that it signs. For those who have
/// no other authority.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    // Clocks differ.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>The certificate, PEM.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>The key, PEM (PKCS #8).</summary>
    public string KeyPem
    {
        get
        {
            using var key = _certificate.GetECDsaPrivateKey()!;
            return key.ExportPkcs8PrivateKeyPem();
        }
    }

    /// <summary>Makes a new one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="now">The time.</param>
    /// <param name="lifetime">How long it is valid.</param>
    public static CertificateAuthority Create(string name, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(SubjectOf(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return new CertificateAuthority(request.CreateSelfSigned(now - Before, now + lifetime));
    }

    /// <summary>One that was made before.</summary>
    /// <param name="certificatePem">Its certificate.</param>
    /// <param name="keyPem">Its key.</param>
    /// <exception cref="CryptographicException">They do not belong together, or are damaged.</exception>
    public static CertificateAuthority Load(string certificatePem, string keyPem) => new(X509Certificate2.CreateFromPem(certificatePem, keyPem));

    /// <summary>Signs a certificate for a silo, for serving and for calling.</summary>
    /// <param name="dnsName">The name by which silos know each other.</param>
    /// <param name="hosts">Names and addresses by which clients reach it.</param>
    /// <param name="now">The time.</param>
    /// <param name="lifetime">How long it is valid.</param>
    public (string CertificatePem, string KeyPem) IssueSilo(string dnsName, IEnumerable<string> hosts, DateTimeOffset now, TimeSpan lifetime)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return Issue(dnsName, [ServerUse, ClientUse], names, now, lifetime);
    }

    /// <summary>Signs a certificate for a client.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="now">The time.</param>
    /// <param name="lifetime">How long it is valid.</param>
    public (string CertificatePem, string KeyPem) IssueClient(string name, DateTimeOffset now, TimeSpan lifetime) =>
        Issue(name, [ClientUse], names: null, now, lifetime);

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    private (string CertificatePem, string KeyPem) Issue(
        string name, string[] uses, SubjectAlternativeNameBuilder? names, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(SubjectOf(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses.Select(static use => new Oid(use))], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        var end = now + lifetime;
        using var made = request.Create(
            _certificate, now - Before, end < _certificate.NotAfter ? end : _certificate.NotAfter, RandomNumberGenerator.GetBytes(16));
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static X500DistinguishedName SubjectOf(string name)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        return subject.Build();
    }
}
