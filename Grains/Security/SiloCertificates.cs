using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AllData.Configuration;

namespace AllData.Security;

/// <summary>What a silo identifies itself with, and which silos and clients it trusts.</summary>
/// <param name="Own">Its certificate.</param>
/// <param name="Context">The same with those between it and its authority.</param>
/// <param name="Silos">Which certificates of silos it trusts.</param>
/// <param name="Clients">Which certificates of clients it trusts.</param>
internal sealed record SiloCertificates(X509Certificate2 Own, SslStreamCertificateContext Context, CertificateTrust Silos, CertificateTrust Clients)
{
    /// <summary>Reads what the options name.</summary>
    /// <exception cref="FormatException">Something of it cannot be used; the sentence names the option.</exception>
    public static SiloCertificates Read(SecurityOptions o, TimeProvider time)
    {
        var (own, between) = CertificateFiles.ReadOwn($"{SecurityOptions.Section}:CertificateFile", o.CertificateFile, o.KeyFile, o.CertificatePassword);
        return new SiloCertificates(
            own, SslStreamCertificateContext.Create(own, between, offline: true),
            TrustOf(nameof(o.SiloCaFile), o.SiloCaFile, time), TrustOf(nameof(o.ClientCaFile), o.ClientCaFile, time));
    }

    /// <summary>The same, read again when a file has changed.</summary>
    /// <exception cref="FormatException">Something of it cannot be used.</exception>
    public static Rotating<SiloCertificates> Load(SecurityOptions o, TimeProvider time, Action<string> onFault) =>
        new(() => Read(o, time), [o.CertificateFile, o.KeyFile, o.SiloCaFile, o.ClientCaFile], time, onFault);

    private static CertificateTrust TrustOf(string option, string file, TimeProvider time) =>
        new(CertificateFiles.ReadAuthorities($"{SecurityOptions.Section}:{option}", file), new HashSet<string>(), time);
}
