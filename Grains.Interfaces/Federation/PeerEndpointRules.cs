using AllData.Peers;

namespace AllData.Federation;

/// <summary>Where a cluster may be reached by the others.</summary>
internal static class PeerEndpointRules
{
    private const int MaxLength = 500;

    /// <summary>A sentence for each address that cannot be used.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="isAlone">Whether it is the only one, so that no other cluster need reach it.</param>
    public static IEnumerable<string> FaultsOf(FederationCluster cluster, bool isAlone)
    {
        if (cluster.Peers.IsEmpty && !isAlone)
        {
            yield return $"Cluster {cluster} has no peers, so that no other cluster can reach it: give the base address of at least one of its silos, for "
                + "example https://north-a.example.com:8381.";
        }

        foreach (var peer in cluster.Peers)
        {
            if (WhyUnusable(peer) is { } reason)
            {
                yield return $"Cluster {cluster} has peer {UnprintableText.Show(peer)}: {reason}";
            }
        }
    }

    /// <summary>Whether an address needs no certificate, because it never leaves the machine.</summary>
    public static bool IsLoopback(string peer) => Uri.TryCreate(peer, UriKind.Absolute, out var uri) && uri.IsLoopback;

    private static string? WhyUnusable(string peer)
    {
        if (peer.Length > MaxLength || peer.Any(static c => c is <= ' ' or > '~') || !Uri.TryCreate(peer, UriKind.Absolute, out var uri))
        {
            return $"that is no address; write https://HOST:PORT with at most {MaxLength} printable ASCII characters.";
        }

        if (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        {
            return "write https://…; http:// is for addresses of the same machine only.";
        }

        return uri is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0, AbsolutePath: "/" } ? null
            : "it is a base address: write https://HOST:PORT and nothing more.";
    }
}
