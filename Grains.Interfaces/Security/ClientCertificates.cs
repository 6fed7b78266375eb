using System.Security.Cryptography.X509Certificates;

namespace AllData.Security;

/// <summary>What an Orleans client identifies itself with, and which silos it trusts.</summary>
/// <param name="Own">Its certificate.</param>
/// <param name="Silos">Which certificates of silos it trusts.</param>
internal sealed record ClientCertificates(X509Certificate2 Own, CertificateTrust Silos)
{
    /// <summary>Reads what the options name, and reads it again when a file has changed.</summary>
    /// <exception cref="FormatException">Something of it cannot be used; the sentence names the option.</exception>
    public static Rotating<ClientCertificates> Load(AllDataTlsOptions options, TimeProvider time, Action<string> onFault) => new(
        () => new ClientCertificates(
            CertificateFiles.ReadOwn(nameof(options.CertificateFile), options.CertificateFile, options.KeyFile, options.CertificatePassword).Own,
            new CertificateTrust(CertificateFiles.ReadAuthorities(nameof(options.SiloCaFile), options.SiloCaFile), new HashSet<string>(), time)),
        [options.CertificateFile, options.KeyFile, options.SiloCaFile], time, onFault);
}
