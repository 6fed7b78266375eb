using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Remote;

/// <summary>An authority, and certificates of it as PEM files.</summary>
internal sealed class TestCertificates : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _authority;

    public TestCertificates(string name = "store")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name} authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(30));
        AuthorityFile = Write($"{name}-ca.pem", _authority.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile { get; }

    /// <summary>Makes a certificate and its key.</summary>
    /// <param name="name">Its subject.</param>
    /// <param name="from">Days from now until it is valid.</param>
    /// <param name="to">Days from now until it is not valid any more.</param>
    /// <param name="host">The host that it is for.</param>
    /// <param name="uses">What it may be used for; both when not given.</param>
    /// <param name="isSelfSigned">Whether no authority has signed it.</param>
    /// <param name="alsoHost">Another host name that it is for.</param>
    public (string Certificate, string Key, string Thumbprint) Issue(
        string name, int from = -1, int to = 1, string host = "127.0.0.1", string[]? uses = null, bool isSelfSigned = false,
        string? alsoHost = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. (uses ?? [ServerUse, ClientUse]).Select(static use => new Oid(use))], false));
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        if (alsoHost is not null)
        {
            names.AddDnsName(alsoHost);
        }

        request.CertificateExtensions.Add(names.Build());
        using var made = isSelfSigned
            ? request.CreateSelfSigned(Now.AddDays(from), Now.AddDays(to))
            : request.Create(_authority, Now.AddDays(from), Now.AddDays(to), RandomNumberGenerator.GetBytes(8));
        return (Write($"{name}.pem", made.ExportCertificatePem()), Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()),
            made.GetCertHashString(HashAlgorithmName.SHA256));
    }

    /// <summary>A certificate for serving only.</summary>
    public static string[] ServerOnly => [ServerUse];

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllText(path, pem);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
