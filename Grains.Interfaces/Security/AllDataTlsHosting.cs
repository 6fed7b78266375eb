using System.Security.Authentication;
using AllData.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace AllData;

/// <summary>TLS with certificates at both ends, for Orleans clients of a store whose gateways need it.</summary>
public static partial class AllDataTlsHosting
{
    /// <summary>Only these are spoken.</summary>
    internal const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Connects to gateways over TLS, with a certificate of the client's own.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="options">Its certificate, and which silos it trusts.</param>
    /// <exception cref="FormatException">A file cannot be used; the sentence names the option.</exception>
    public static IClientBuilder UseAllDataTls(this IClientBuilder builder, AllDataTlsOptions options)
    {
        ILogger? logger = null;
        var certificates = ClientCertificates.Load(options, TimeProvider.System, reason =>
        {
            if (logger is not null)
            {
                LogNotRenewed(logger, reason);
            }
        });
        builder.Services.AddSingleton<IOutgoingGrainCallFilter>(
            services => new ProofSender(certificates, services.GetRequiredService<IOptions<ClusterOptions>>(), TimeProvider.System));
        return builder.Configure<ClientConnectionOptions>(connections => connections.ConfigureConnection(connection =>
        {
            TlsBuffers.UseBy(connection);
            logger = connection.ApplicationServices.GetService<ILoggerFactory>()?.CreateLogger(typeof(AllDataTlsHosting));
            connection.UseClientTls(new TlsOptions
            {
                LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Current.Own,
                RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
                SslProtocols = Protocols,
                RemoteCertificateValidation = (shown, chain, _) =>
                    certificates.Current.Silos.WhyRefusedAsServerNamed(shown, chain, options.SiloName) is null,
                OnAuthenticateAsClient = (_, tls) => tls.TargetHost = options.SiloName.TrimStart('*').TrimStart('.'),
            });
        }));
    }

    [LoggerMessage(LogLevel.Error, "The certificates of the client are used as they were: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);
}
