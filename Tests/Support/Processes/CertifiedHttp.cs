using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace AllData.Tests.Support;

/// <summary>HTTPS to the silos of a secure local cluster, with the certificates that it has made.</summary>
internal static class CertifiedHttp
{
    /// <summary>A client that trusts the cluster's silos.</summary>
    /// <param name="certificates">The directory of the certificates.</param>
    /// <param name="own">Whose certificate it shows; null: none.</param>
    public static HttpClient Create(string certificates, string? own)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = own is null ? null : [X509Certificate2.CreateFromPemFile(FileOf(own, "pem"), FileOf(own, "key"))],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(FileOf("silo-ca", "pem")) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };

        string FileOf(string name, string extension) => Path.Combine(certificates, $"{name}.{extension}");
    }
}
