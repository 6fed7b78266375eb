namespace AllData.Configuration;

/// <summary>
/// How a silo identifies itself, and which silos and clients it trusts. Authorities of silos and of clients are different ones: the silo port trusts the first
/// only, the gateway and the HTTP port the second only. Configuration section <c>AllData:Security</c>.
/// </summary>
public sealed class SecurityOptions
{
    /// <summary>The section.</summary>
    public const string Section = "AllData:Security";

    /// <summary>
    /// Whether ports on other than loopback addresses may be open to every caller. Each caller that reaches them can then read, write and destroy everything.
    /// Default: false.
    /// </summary>
    public bool AllowInsecure { get; set; }

    /// <summary>
    /// The silo's certificate: PEM (with <see cref="KeyFile"/>), or a PFX file, <c>.pfx</c> or <c>.p12</c>, with its key. It is for serving and for calling
    /// and has a name of <see cref="SiloName"/>. Read again when it changes. Default: none; the ports speak plain TCP.
    /// </summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The key of a PEM certificate; other users may not read it. Default: it is in the file of the certificate.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The password of a PFX file. Default: none.</summary>
    public string CertificatePassword { get; set; } = "";

    /// <summary>PEM file of the authorities that sign certificates of silos, and nothing else: a holder of one is part of the cluster. Default: none.</summary>
    public string SiloCaFile { get; set; } = "";

    /// <summary>PEM file of the authorities that sign certificates of clients. Default: none.</summary>
    public string ClientCaFile { get; set; } = "";

    /// <summary>
    /// JSON file of those that may use the store, with their roles (reader, writer, operator) and the hashes of their API keys. Read again when it changes.
    /// Default: none.
    /// </summary>
    public string PrincipalsFile { get; set; } = "";

    /// <summary>
    /// The DNS name that the certificate of every silo has, <c>*.</c> standing for one label. Default: <c>*.silo.alldata</c>, the names that
    /// <c>alldata security init</c> gives to a cluster with the id <c>alldata</c>.
    /// </summary>
    public string SiloName { get; set; } = "*.silo.alldata";

    /// <summary>
    /// The file that says which principal did what (where the silo has certificates): one JSON object a line, up to eight files of 16 MiB. Default:
    /// <c>audit.ndjson</c> in the data directory.
    /// </summary>
    public string AuditFile { get; set; } = "";

    /// <summary>Bearer tokens of an identity provider, over HTTPS. Default: none are taken.</summary>
    public JwtOptions Jwt { get; set; } = new();

    /// <summary>Whether the ports use TLS.</summary>
    internal bool IsSecure => CertificateFile.Length > 0;
}
