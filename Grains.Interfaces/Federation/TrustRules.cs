using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>By what the silos of a cluster are known to the others.</summary>
internal static class TrustRules
{
    private const int ThumbprintLength = 64;
    private const int MaxFileLength = 500;

    /// <summary>A sentence for each thing that cannot be used.</summary>
    public static IEnumerable<string> FaultsOf(FederationCluster cluster)
    {
        if (cluster is { Authority: not null, AuthorityFile: not null })
        {
            yield return $"Cluster {cluster} has authority and authorityFile: give the certificate or the file that has it, not both.";
        }

        if (cluster.Authority is { } pem && !IsCertificate(pem))
        {
            yield return $"Cluster {cluster} has an authority that is not a certificate in PEM: paste it whole, from -----BEGIN CERTIFICATE----- to "
                + "-----END CERTIFICATE-----, with \\n between the lines.";
        }

        if (cluster.AuthorityFile is { } file && (file.Length > MaxFileLength || file.Any(char.IsControl)))
        {
            yield return $"Cluster {cluster} has authorityFile {UnprintableText.Show(file)}: give a path of at most {MaxFileLength} printable characters.";
        }

        foreach (var fault in ThumbprintFaults(cluster))
        {
            yield return fault;
        }

        var isTrusted = cluster is not { Authority: null, AuthorityFile: null, Thumbprints.IsEmpty: true };
        if (!isTrusted && cluster.Peers.FirstOrDefault(static peer => !PeerEndpointRules.IsLoopback(peer)) is { } reached)
        {
            yield return $"Cluster {cluster} is reached at {UnprintableText.Show(reached)} and has neither authority, authorityFile nor thumbprints: others "
                + "could not tell its silos from anybody else's.";
        }
    }

    private static IEnumerable<string> ThumbprintFaults(FederationCluster cluster)
    {
        foreach (var thumbprint in cluster.Thumbprints.Where(static t => t.Length != ThumbprintLength || !t.All(char.IsAsciiHexDigit)))
        {
            yield return $"Cluster {cluster} has thumbprint {UnprintableText.Show(thumbprint)}: give the SHA-256 digest of a certificate, "
                + $"{ThumbprintLength} hexadecimal digits without colons.";
        }

        foreach (var same in cluster.Thumbprints.GroupBy(static t => t).Where(static same => same.Count() > 1))
        {
            yield return $"Cluster {cluster} has thumbprint {UnprintableText.Show(same.Key)} twice. Leave one of the two out.";
        }
    }

    private static bool IsCertificate(string pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            var isOne = certificates.Count > 0;
            foreach (var certificate in certificates)
            {
                certificate.Dispose();
            }

            return isOne;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
