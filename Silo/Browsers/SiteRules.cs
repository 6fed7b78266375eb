namespace AllData.Silo.Browsers;

/// <summary>
/// Which requests a web page of another site may have sent through a user's browser. A page can send requests to any address that the browser reaches, a
/// loopback address among them; and by giving its own name the store's address (DNS rebinding) it can read the answers. Browsers tell: by the name that was
/// asked for (<c>Host</c>), by <c>Origin</c> (RFC 6454) and by <c>Sec-Fetch-Site</c> (W3C Fetch Metadata).
/// </summary>
/// <param name="hosts">Names and addresses by which the store is asked, without port; <c>*</c> is any.</param>
/// <param name="origins">Sites whose pages may send requests, for example <c>https://console.example.org</c>.</param>
internal sealed class SiteRules(IEnumerable<string> hosts, IEnumerable<string> origins)
{
    /// <summary>Any name.</summary>
    public const string Any = "*";

    private readonly HashSet<string> _hosts = new(hosts, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _origins = new(origins, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the store is asked by a name of its own. A request without a name comes from no browser.</summary>
    public bool IsOwn(HostString host) => !host.HasValue || _hosts.Contains(host.Host) || _hosts.Contains(Any);

    /// <summary>Whether a request comes from no page, from one of the store's own, or from one of a site that may.</summary>
    /// <param name="scheme">How the store was asked, http or https.</param>
    /// <param name="host">The name by which it was asked.</param>
    /// <param name="origin">The header <c>Origin</c>; null when there is none.</param>
    /// <param name="fetchSite">The header <c>Sec-Fetch-Site</c>; null when there is none.</param>
    public bool MayAsk(string scheme, HostString host, string? origin, string? fetchSite) => origin is null
        ? fetchSite is null or "same-origin" or "none"
        : _origins.Contains(origin) || string.Equals(origin, $"{scheme}://{host}", StringComparison.OrdinalIgnoreCase);

    /// <summary>A sentence when a text is no origin; otherwise null.</summary>
    public static string? FaultOfOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text
            ? null
            : $"'{text}' is not a site: write scheme and name, and the port if it is not the usual one, for example https://console.example.org.";

    /// <summary>A sentence when a text is no name of a host; otherwise null.</summary>
    public static string? FaultOfHost(string text) => text == Any || Uri.CheckHostName(text.Trim('[', ']')) != UriHostNameType.Unknown
        ? null
        : $"'{text}' is not a name or address: write it without scheme and port, for example store.example.org, or * for any.";
}
