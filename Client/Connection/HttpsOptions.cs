using System.Net.Security;
using AllData.Security;

namespace AllData.Client.Connection;

/// <summary>How a silo's HTTP port is spoken to over TLS: with the client's certificate, and trusting the silos' authorities only.</summary>
internal static class HttpsOptions
{
    /// <summary>Reads the files.</summary>
    /// <exception cref="UsageException">Something of them cannot be used.</exception>
    public static SslClientAuthenticationOptions Of(AllDataTlsOptions tls, TimeProvider time)
    {
        try
        {
            var (own, silos) = ClientCertificates.Read(tls, "--cert", "--ca", time);
            return new SslClientAuthenticationOptions
            {
                ClientCertificates = [own],
                EnabledSslProtocols = AllDataTlsHosting.Protocols,
                RemoteCertificateValidationCallback = (_, shown, chain, faults) =>
                    silos.WhyRefusedAsServer(shown, chain, faults.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) is null,
            };
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
