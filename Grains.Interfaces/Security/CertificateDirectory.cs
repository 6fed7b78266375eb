using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AllData.Security;

/// <summary>
/// The files that <c>alldata security init</c> and <c>local-cluster --secure</c> make: two authorities, and certificates of silos and clients.
/// </summary>
/// <param name="path">The directory.</param>
/// <param name="time">When they are made.</param>
internal sealed class CertificateDirectory(string path, TimeProvider time)
{
    /// <summary>The authority of the silos, without ending.</summary>
    public const string SiloAuthority = "silo-ca";

    /// <summary>The authority of the clients, without ending.</summary>
    public const string ClientAuthority = "client-ca";

    /// <summary>The name of the file that says which clients may use the store.</summary>
    public const string Principals = "principals.json";

    private static readonly TimeSpan LifetimeOfAuthority = TimeSpan.FromDays(3_650);

    /// <summary>The file of a certificate.</summary>
    public string CertificateOf(string name) => At($"{name}.pem");

    /// <summary>The file of its key.</summary>
    public string KeyOf(string name) => At($"{name}.key");

    /// <summary>Its path.</summary>
    public string Path => path;

    /// <summary>The file that says which clients may use the store.</summary>
    public string PrincipalsFile => At(Principals);

    /// <summary>The settings of a silo that uses its files, in the order in which they are shown.</summary>
    /// <param name="silo">Its name.</param>
    /// <param name="clusterId">The cluster whose silos it trusts.</param>
    public IReadOnlyList<KeyValuePair<string, string>> SettingsOf(string silo, string clusterId) =>
    [
        new("AllData:Security:CertificateFile", CertificateOf(silo)),
        new("AllData:Security:KeyFile", KeyOf(silo)),
        new("AllData:Security:SiloCaFile", CertificateOf(SiloAuthority)),
        new("AllData:Security:ClientCaFile", CertificateOf(ClientAuthority)),
        new("AllData:Security:PrincipalsFile", PrincipalsFile),
        new("AllData:Security:SiloName", $"*.silo.{clusterId}"),
    ];

    /// <summary>The options with which <c>alldata</c> uses a client's files, to be typed in a shell.</summary>
    public string ClientOptionsOf(string client) =>
        $"--cert {ShellText.Quote(CertificateOf(client))} --cert-key {ShellText.Quote(KeyOf(client))} --ca {ShellText.Quote(CertificateOf(SiloAuthority))}";

    /// <summary>Makes what is not there yet: an authority that is there signs further certificates; a certificate that is there stays.</summary>
    /// <param name="wanted">Which.</param>
    /// <returns>
    /// What was made. A client whose certificate is there is not added to the file of those that may use the store: it may have been taken away from it.
    /// </returns>
    /// <exception cref="FormatException">Something that is there cannot be used, or the directory cannot be written.</exception>
    public MadeCertificates Make(WantedCertificates wanted)
    {
        try
        {
            PrivateFiles.CreateDirectory(path);
            var now = time.GetUtcNow();
            using var silos = Authority(SiloAuthority, $"{wanted.ClusterId} silos", now);
            using var clients = Authority(ClientAuthority, $"{wanted.ClusterId} clients", now);
            var isFirst = !File.Exists(PrincipalsFile);
            var known = Security.PrincipalsFile.Add(PrincipalsFile, wanted.Clients.Where(c => isFirst || !File.Exists(CertificateOf(c.Name))));
            IReadOnlyList<string> made =
            [
                .. wanted.Silos.Where(name => WriteUnlessThere(
                    name, () => silos.IssueSilo($"{name}.silo.{wanted.ClusterId}", wanted.Hosts, now, wanted.Lifetime))),
                .. wanted.Clients.Select(static client => client.Name).Where(name => WriteUnlessThere(
                    name, () => clients.IssueClient(name, now, wanted.Lifetime))),
            ];
            var after = PrincipalsDocument.ReadFile(PrincipalsFile, PrincipalsFile);
            return new MadeCertificates(
                made, [.. after.Principals.Select(static p => p.Name).Except(known)],
                [.. wanted.Clients.Where(c => after.Find(c.Name) is { } principal && principal.Roles != c.Roles).Select(static c => c.Name)],
                [.. wanted.Silos.Where(name => !wanted.Hosts.All(Names(name).Invoke))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new FormatException($"No certificates can be made in {path}: {e.Message}", e);
        }
    }

    private string At(string file) => System.IO.Path.Combine(path, file);

    private CertificateAuthority Authority(string file, string name, DateTimeOffset now)
    {
        if (File.Exists(CertificateOf(file)))
        {
            return CertificateAuthority.Load(File.ReadAllText(CertificateOf(file)), File.ReadAllText(KeyOf(file)));
        }

        var authority = CertificateAuthority.Create(name, now, LifetimeOfAuthority);
        Write(file, authority.CertificatePem, authority.KeyPem);
        return authority;
    }

    private Predicate<string> Names(string silo)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(CertificateOf(silo));
        HashSet<string> named = new(StringComparer.OrdinalIgnoreCase);
        foreach (var names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            named.UnionWith(names.EnumerateDnsNames());
            named.UnionWith(names.EnumerateIPAddresses().Select(static address => $"{address}"));
        }

        return named.Contains;
    }

    private bool WriteUnlessThere(string name, Func<(string CertificatePem, string KeyPem)> issue)
    {
        if (File.Exists(CertificateOf(name)))
        {
            return false;
        }

        var (certificate, key) = issue();
        Write(name, certificate, key);
        return true;
    }

    // The key first: a certificate without its key could not be used, and would not be made again.
    private void Write(string name, string certificatePem, string keyPem)
    {
        PrivateFiles.Write(KeyOf(name), keyPem);
        PrivateFiles.Write(CertificateOf(name), certificatePem);
    }
}
