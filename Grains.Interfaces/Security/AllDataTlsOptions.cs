namespace AllData.Security;

/// <summary>
/// How an Orleans client identifies itself to the silos' gateways, and which silos it trusts. Connections are TLS 1.2 or 1.3 with certificates at both ends.
/// The files are read again when they change.
/// </summary>
public sealed class AllDataTlsOptions
{
    /// <summary>The client's certificate: PEM (with <see cref="KeyFile"/>), or a PFX file, <c>.pfx</c> or <c>.p12</c>, with its key.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The key of a PEM certificate; other users may not read it. Default: it is in the file of the certificate.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The password of a PFX file. Default: none.</summary>
    public string CertificatePassword { get; set; } = "";

    /// <summary>PEM file of the authorities that sign certificates of silos, and nothing else.</summary>
    public string SiloCaFile { get; set; } = "";

    /// <summary>
    /// The DNS name that a silo's certificate has, <c>*.</c> standing for one label. Default: <c>*.silo.alldata</c>, the names that
    /// <c>alldata security init</c> gives to a cluster with the id <c>alldata</c>.
    /// </summary>
    public string SiloName { get; set; } = "*.silo.alldata";
}
