using System.Net.Security;
using AllData.Configuration;
using AllData.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AllData.Silo.Http;

/// <summary>HTTPS with the silo's certificate. A caller may show a certificate of a client; another one ends the handshake.</summary>
internal static class SecureHttp
{
    /// <summary>Makes an endpoint HTTPS, where the silo has certificates.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="options">The certificates.</param>
    /// <param name="time">The clock that expiry is seen by.</param>
    /// <param name="onFault">Is told why changed certificates cannot be used.</param>
    public static void Secure(ListenOptions endpoint, SecurityOptions options, TimeProvider time, Action<string> onFault)
    {
        if (!options.IsSecure)
        {
            return;
        }

        var certificates = SiloCertificates.Load(options, time, onFault);
        endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(OptionsOf(certificates.Current)) });
    }

    private static SslServerAuthenticationOptions OptionsOf(SiloCertificates certificates) => new()
    {
        ServerCertificateContext = certificates.Context,
        ClientCertificateRequired = true,
        EnabledSslProtocols = AllDataTlsHosting.Protocols,
        RemoteCertificateValidationCallback = (_, shown, chain, _) => shown is null || certificates.Clients.WhyRefusedAsClient(shown, chain) is null,
    };
}
