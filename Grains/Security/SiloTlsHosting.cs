using System.Security.Cryptography.X509Certificates;
using AllData.Configuration;
using AllData.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace AllData;

/// <summary>TLS with certificates at both ends, for the ports of Orleans.</summary>
public static partial class SiloTlsHosting
{
    /// <summary>
    /// The silo port takes silos only, the gateway takes clients only, and this silo shows its certificate to both (TLS 1.2 or 1.3). A connection without a
    /// certificate that is trusted at that port ends before anything of it is read, and a client's calls need a role. The files are read when the silo
    /// starts, and again when they change.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="options">Its certificate, and which silos and clients it trusts.</param>
    public static ISiloBuilder UseAllDataTls(this ISiloBuilder builder, SecurityOptions options)
    {
        builder.Services.AddSingleton(p =>
        {
            // What cannot be used of changed files is told by the ports, which have the same ones.
            var principals = Principals.Load(options, TimeProvider.System, static _ => { });
            var certificates = SiloCertificates.Load(options, TimeProvider.System, static _ => { });
            var cluster = p.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId;
            return new KnownCallers(() => principals.Current, () => certificates.Current.Clients, cluster, TimeProvider.System);
        });
        builder.Services.TryAddSingleton<AuditLog>();
        builder.Services.TryAddSingleton<PrincipalQuotas>();
        builder.AddIncomingGrainCallFilter<CallerFilter>();
        builder.Services.AddOptions<SiloConnectionOptions>().Configure<ILoggerFactory>((connections, loggers) =>
        {
            var logger = loggers.CreateLogger(typeof(SiloTlsHosting));
            Secure(connections, options.SiloName, SiloCertificates.Load(options, TimeProvider.System, reason => LogNotRenewed(logger, reason)));
        });
        return builder;
    }

    private static void Secure(SiloConnectionOptions connections, string siloName, Rotating<SiloCertificates> certificates)
    {
        var inbound = Tls(certificates, (current, shown, chain) => current.Silos.WhyRefusedAsClientNamed(shown, chain, siloName) is null);
        var outbound = Tls(certificates, (current, shown, chain) => current.Silos.WhyRefusedAsServerNamed(shown, chain, siloName) is null);
        var gateway = Tls(certificates, static (current, shown, chain) => current.Clients.WhyRefusedAsClient(shown, chain) is null);

        // Its certificate comes from the selector: Orleans would look for a fixed one, and make no connection without.
        outbound.ClientCertificateMode = RemoteCertificateMode.AllowCertificate;
        outbound.OnAuthenticateAsClient = (_, tls) => tls.TargetHost = siloName.TrimStart('*').TrimStart('.');
        connections.ConfigureSiloInboundConnection(TlsBuffers.UseBy);
        connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(inbound));
        connections.ConfigureSiloOutboundConnection(TlsBuffers.UseBy);
        connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(outbound));
        connections.ConfigureGatewayInboundConnection(TlsBuffers.UseBy);
        connections.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(gateway));
    }

    private static TlsOptions Tls(Rotating<SiloCertificates> certificates, Func<SiloCertificates, X509Certificate?, X509Chain?, bool> isTrusted) => new()
    {
        LocalServerCertificateSelector = (_, _) => certificates.Current.Own,
        LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Current.Own,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (shown, chain, _) => isTrusted(certificates.Current, shown, chain),
        SslProtocols = AllDataTlsHosting.Protocols,
    };

    [LoggerMessage(LogLevel.Error, "The silo's certificates are used as they were: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);
}
