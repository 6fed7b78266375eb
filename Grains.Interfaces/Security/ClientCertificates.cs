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
        () => Read(options, nameof(options.CertificateFile), nameof(options.SiloCaFile), time),
        [options.CertificateFile, options.KeyFile, options.SiloCaFile], time, onFault);

    /// <summary>Reads what the options name.</summary>
    /// <param name="options">The files.</param>
    /// <param name="certificateOption">What the user calls the certificate's file.</param>
    /// <param name="authorityOption">What the user calls the file of the silos' authorities.</param>
    /// <param name="time">Decides what has expired.</param>
    /// <exception cref="FormatException">Something of it cannot be used; the sentence names the option.</exception>
    public static ClientCertificates Read(AllDataTlsOptions options, string certificateOption, string authorityOption, TimeProvider time) => new(
        CertificateFiles.ReadOwn(certificateOption, options.CertificateFile, options.KeyFile, options.CertificatePassword).Own,
        new CertificateTrust(CertificateFiles.ReadAuthorities(authorityOption, options.SiloCaFile), new HashSet<string>(), time));
}
