using System.Security.Cryptography;

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

    /// <summary>The file of those that may use the store.</summary>
    public const string Principals = "principals.json";

    private static readonly TimeSpan LifetimeOfAuthority = TimeSpan.FromDays(3_650);

    /// <summary>The file of a certificate.</summary>
    public string CertificateOf(string name) => Path.Combine(path, $"{name}.pem");

    /// <summary>The file of its key.</summary>
    public string KeyOf(string name) => Path.Combine(path, $"{name}.key");

    /// <summary>Makes what is not there yet: an authority that is there signs further certificates; a certificate that is there stays.</summary>
    /// <param name="wanted">Which.</param>
    /// <returns>The names of the certificates that were made.</returns>
    /// <exception cref="FormatException">Something that is there cannot be used, or the directory cannot be written.</exception>
    public IReadOnlyList<string> Make(WantedCertificates wanted)
    {
        try
        {
            CreatePrivate();
            var now = time.GetUtcNow();
            using var silos = Authority(SiloAuthority, $"{wanted.ClusterId} silos", now);
            using var clients = Authority(ClientAuthority, $"{wanted.ClusterId} clients", now);
            PrincipalsFile.Add(Path.Combine(path, Principals), wanted.Clients);
            return
            [
                .. wanted.Silos.Where(name => WriteUnlessThere(
                    name, () => silos.IssueSilo($"{name}.silo.{wanted.ClusterId}", wanted.Hosts, now, wanted.Lifetime))),
                .. wanted.Clients.Select(static client => client.Name).Where(name => WriteUnlessThere(
                    name, () => clients.IssueClient(name, now, wanted.Lifetime))),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new FormatException($"No certificates can be made in {path}: {e.Message}", e);
        }
    }

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
        PrivateFile.Write(KeyOf(name), keyPem);
        PrivateFile.Write(CertificateOf(name), certificatePem);
    }

    private void CreatePrivate()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
