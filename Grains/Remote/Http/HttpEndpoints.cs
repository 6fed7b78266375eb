using System.Net;

namespace AllData.Remote.Http;

/// <summary>
/// The endpoints of a cluster, any of which reaches all its peers: tried in turn, beginning with the one that answered last. Safe for several threads.
/// </summary>
internal sealed class HttpEndpoints
{
    private int _preferred;

    private HttpEndpoints(Uri[] all) => All = all;

    /// <summary>The endpoints, in the order of the address.</summary>
    public Uri[] All { get; }

    /// <summary>The one to begin with.</summary>
    public int Preferred => Volatile.Read(ref _preferred);

    /// <summary>Reads an address.</summary>
    /// <param name="address">URLs with commas between them.</param>
    /// <param name="isSecure">Whether this silo has a certificate: without one it reaches loopback only.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static HttpEndpoints Parse(string address, bool isSecure)
    {
        var urls = address.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return urls.Length > 0
            ? new HttpEndpoints([.. urls.Select(url => ParseOne(url, isSecure))])
            : throw new FormatException("The address of a cluster is empty: write the URLs of its silos' peer ports, for example "
                + "https://10.0.0.5:8381,https://10.0.0.6:8381.");
    }

    /// <summary>An endpoint has answered.</summary>
    public void OnAnswer(int endpoint) => Volatile.Write(ref _preferred, endpoint);

    /// <summary>An endpoint has not answered: the next call begins with another one, unless that was found meanwhile.</summary>
    public void OnFailure(int endpoint) => Interlocked.CompareExchange(ref _preferred, (endpoint + 1) % All.Length, endpoint);

    private static Uri ParseOne(string url, bool isSecure)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
        {
            throw new FormatException($"'{url}' is no endpoint of a cluster: write https://, a host and a port.");
        }

        if (uri.Scheme == "http" && !IsLoopback(uri))
        {
            throw new FormatException(
                $"'{url}' is not encrypted and leaves this machine: write https://, and give both sides certificates (AllData:Peers:Http).");
        }

        return uri.Scheme == "http" || isSecure
            ? uri
            : throw new FormatException($"'{url}' asks for a certificate of this silo, which has none: set AllData:Peers:Http:CertificateFile.");
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
